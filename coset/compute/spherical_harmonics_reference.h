/// The harmonics one point at a time: the oracle of the SIMD kernels and the fallback for any degree.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/compute/spherical_harmonics.h"

namespace coset::compute {

/// d/dx_k of the solid harmonic at position `to` contains factor[k] times the one at position `from` (one degree
/// lower).
struct HarmonicsDerivativeTerm {
  int to = 0;
  int from = 0;
  int axis = 0;
  double factor = 0.0;
};

/// Constants of degrees 0..lmax in one normalisation; built once, O(lmax^2).
struct HarmonicsTable {
  int lmax = 0;
  std::vector<double> factor;                       ///< F_lm (sqrt 2 for m != 0 included), by position
  std::vector<HarmonicsDerivativeTerm> derivative;  ///< ordered by `to`
};
HarmonicsTable make_harmonics_table(int lmax, HarmonicsNormalization normalization);
/// The same table, kept for the life of the program for degrees up to kMaxTableDegree. Thread-safe.
const HarmonicsTable& harmonics_table(int lmax, HarmonicsNormalization normalization);
inline constexpr int kMaxTableDegree = 63;

namespace reference {

template <class T>
void spherical_harmonics(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y);
template <class T>
void spherical_harmonics_gradient(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y, T* dy);
template <class T>
void spherical_harmonics_vjp(const HarmonicsOptions& options, std::int64_t n, const T* x, const T* g, T* gx);
template <class T>
void spherical_harmonics_vjp_vjp(const HarmonicsOptions& options, std::int64_t n, const T* x, const T* g, const T* h,
                                 T* dg, T* dx);

}  // namespace reference
}  // namespace coset::compute
