/// JSON lines: one JSON value per line, written as it happens (the metrics of a run).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coset/io/descriptor.h"

namespace coset::io {

/// Appends to a file. Each line reaches the file whole, in one write, or not at all.
class JsonLines {
 public:
  /// Continues `path`, or creates it. An unfinished last line (of a killed process) is removed first; with keep >= 0 so
  /// are all lines after the first `keep` (a resumed run repeats them).
  explicit JsonLines(const std::string& path, std::int64_t keep = -1);

  /// @throws coset::Error unless `json` is one JSON value without a line break.
  void append(std::string_view json);

 private:
  AppendFile file_;
};

/// The complete lines of the file; an unfinished last line is left out.
/// @throws coset::Error "PATH, line N: ..." on a line that is not JSON.
std::vector<std::string> read_json_lines(const std::string& path);

}  // namespace coset::io
