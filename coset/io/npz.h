/// numpy's .npz format: a zip archive of .npy files, stored or deflated.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coset/io/array.h"

namespace coset::io {

/// Array name (the member's name without ".npy") to array.
using Arrays = std::map<std::string, Array>;

/// Every array of an archive, or only those named in `only` (absent ones are an error that lists what is there).
/// Sizes and checksums of the members are verified.
/// @throws coset::Error "PATH: ..." when the file is absent, not a zip archive, cut short or altered.
Arrays load_npz(const std::string& path, const std::vector<std::string>& only = {});

/// Writes the arrays atomically (coset/io/atomic_write.h); deflated when `compressed`. Two calls with the same arrays
/// write the same bytes.
void save_npz(const std::string& path, const Arrays& arrays, bool compressed = false);

}  // namespace coset::io
