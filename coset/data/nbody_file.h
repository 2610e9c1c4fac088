/// N-body data in npz files: what `coset predict` reads, what `coset data nbody` writes, and the cache of generated
/// sets.
///
/// Layout: `loc`, `vel` (S, F, n, 3), or (S, n, 3) for one frame; `charges` (S, n), or masses. Any numeric dtype is
/// read, float64 is written. Further arrays are left alone.
#pragma once

#include <string>

#include "coset/data/nbody.h"
#include "coset/io/npz.h"

namespace coset::data {

/// Requires finite positions, velocities and charges, sizes that agree, and no two particles of a sample at the same
/// position in float32 (their relative position, and with it the model, would be undefined).
/// @throws coset::Error "NAME: sample 3, particle 2: ..." for the first offence.
void check_nbody(const NBodyState& state, const std::string& name);

/// One frame of each sample from the arrays loc, vel (S, n, 3) and charges (S, n), checked. S = 0 is valid.
/// @throws coset::Error, naming the array, on a missing array or another shape.
NBodyState nbody_state(const io::Arrays& arrays, const std::string& name);

/// The arrays of one split, with all its frames.
io::Arrays nbody_arrays(const NBodySplit& split);

/// The folder of generated sets: $XDG_CACHE_HOME/coset, else $HOME/.cache/coset, else "" (no cache).
std::string default_cache_folder();

/// Reads the set from `cache_folder`, or generates it and leaves it there (atomically). The file's name is derived from
/// every option and the generator's version; a damaged file is generated again. The cache is a convenience: where it
/// cannot be written, the data is returned all the same and *note (when given) says why. With cache_folder = "" nothing
/// is cached.
NBodyData cached_nbody(const NBodyOptions& options, const std::string& cache_folder = default_cache_folder(),
                       std::string* note = nullptr);

/// The file that cached_nbody uses.
std::string nbody_cache_file(const NBodyOptions& options, const std::string& cache_folder);

}  // namespace coset::data
