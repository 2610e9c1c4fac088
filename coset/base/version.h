/// The versions that files carry.
#pragma once

namespace coset {

inline constexpr const char* kVersion = "0.1.0";

/// Version of docs/conventions.md (irreps order, harmonics, Wigner 3j signs, weight layout, layout of fields on a
/// group). Written into every model file; a file with another number refuses to load.
inline constexpr int kConventionsVersion = 1;

}  // namespace coset
