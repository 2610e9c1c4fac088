/// The IDX format of the MNIST files: a big-endian header and bytes, plain or gzip-compressed.
///
///   bytes 0, 1: zero; byte 2: type (0x08, unsigned byte, is the only one read); byte 3: number of axes;
///   then one 32-bit big-endian extent per axis, then the values, row-major.
/// Source: LeCun, Cortes and Burges, The MNIST database.
#pragma once

#include <string>

#include "coset/io/array.h"

namespace coset::data {

/// A u1 array. @throws coset::Error "PATH: ..." when the file is absent, its compression is damaged, the magic is
/// another, or the body is shorter or longer than the header says
io::Array load_idx(const std::string& path);

/// The first of FOLDER/STEM, STEM.gz, and both with the dot in place of the hyphen before "idx", that exists.
/// @throws coset::Error "FOLDER: ..." when none does
std::string find_idx(const std::string& folder, const std::string& stem);

}  // namespace coset::data
