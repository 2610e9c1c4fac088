/// Model files whose weights were changed on purpose: by another program, or as a mean of several.
///
/// Such a file is refused by load, because its checksum and its stored example no longer fit. Here both are made anew,
/// after the same checks of names, shapes and values as load makes.
#pragma once

#include <span>
#include <string>

namespace coset::model {

/// Reads `path` without looking at its checksum (a missing one is no fault) or at the stored output, computes the
/// example's output with the weights that stand there, and writes the file again, atomically.
/// @throws coset::Error as load does, on anything but the checksum and the stored output
void seal(const std::string& path);

/// Writes the mean of the weights of several model files: mean w = (w_1 + ... + w_n) / n, summed in float64; whole
/// numbers, and everything else, are those of the first file. The files are loaded as by load.
/// @throws coset::Error on fewer than two files, or when architectures or options differ
/// Source of the idea: Polyak and Juditsky (1992); Wortsman et al., Model soups (2022, arXiv 2203.05482).
void average(std::span<const std::string> paths, const std::string& out);

}  // namespace coset::model
