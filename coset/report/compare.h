/// Several runs on one page: their results, the settings that differ, and their curves over each other.
#pragma once

#include <span>
#include <string>

namespace coset::report {

/// The page as text; runs are named by their folders. A run needs config.yaml; result.json and metrics.jsonl, where a
/// run has them (a stopped one may not), join the table and the curves.
/// @throws coset::Error when a folder is no run, fewer than two are given, or a file is of another form
std::string compare(std::span<const std::string> run_folders);

/// Writes compare() to `file` atomically.
void write_comparison(std::span<const std::string> run_folders, const std::string& file);

}  // namespace coset::report
