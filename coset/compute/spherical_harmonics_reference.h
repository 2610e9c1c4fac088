/// The harmonics one point at a time: the oracle of the SIMD kernels, and what runs where those have no degree.
/// Degrees 0 to kMaxTableDegree.
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

/// The at most five terms that connect one harmonic with those of the neighbouring degree: two for d/dx, one for d/dy,
/// two for d/dz, absent ones with factor 0.
template <class T>
struct HarmonicsNeighbours {
  std::int32_t at[5] = {};
  T factor[5] = {};
};

/// What the SIMD kernels read, in their element type.
template <class T>
struct HarmonicsCoefficients {
  /// For m = 0..lmax: P_mm, then for l = m + 1..lmax the pair (a, b) of P_lm = a y P_{l-1,m} - b r^2 P_{l-2,m}, where
  /// P_lm already carries F_lm.
  std::vector<T> recurrence;
  std::vector<HarmonicsNeighbours<T>> of_target;  ///< dY[p] / dx_k = sum factor Y[at], by position p
  std::vector<HarmonicsNeighbours<T>> of_source;  ///< the same terms by the harmonic they read; at: where they go
};

/// Constants of degrees 0..lmax in one normalisation; built once, O(lmax^2).
struct HarmonicsTable {
  int lmax = 0;
  std::vector<double> factor;                       ///< F_lm (sqrt 2 for m != 0 included), by position
  std::vector<HarmonicsDerivativeTerm> derivative;  ///< ordered by `to`
  HarmonicsCoefficients<float> f32;
  HarmonicsCoefficients<double> f64;
};
HarmonicsTable make_harmonics_table(int lmax, HarmonicsNormalization normalization);
/// The same table, kept for the life of the program. Thread-safe.
/// @throws coset::Error unless 0 <= lmax <= kMaxTableDegree
const HarmonicsTable& harmonics_table(int lmax, HarmonicsNormalization normalization);
inline constexpr int kMaxTableDegree = 63;

/// A power of two, as two factors: that of the smallest number to one exceeds the range.
template <class T>
struct HarmonicsScale {
  T first = 1, second = 1;

  void apply(T* values, std::int64_t count) const {
    for (std::int64_t i = 0; i < count; ++i) values[i] = values[i] * first * second;
  }
};

/// to = scale * x with a largest component in [1, 2); zero stays zero, and a vector that is not finite becomes NaN.
template <class T>
HarmonicsScale<T> rescale(const T* x, T* to);

namespace reference {

template <class T>
void spherical_harmonics(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y);
template <class T>
void spherical_harmonics_gradient(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y, T* dy);
template <class T>
void spherical_harmonics_vjp(const HarmonicsOptions& options, std::int64_t n, const T* x, const T* g, T* gx);
template <class T>
void spherical_harmonics_vjp_vjp(const HarmonicsOptions& options, std::int64_t n, const HarmonicsSecond<T>& at, T* dg,
                                 T* dx);

}  // namespace reference
}  // namespace coset::compute

/// The four functions of this or the fast namespace, for one element type.
#define COSET_INSTANTIATE_HARMONICS(T)                                                                               \
  template void spherical_harmonics<T>(const HarmonicsOptions&, std::int64_t, const T*, T*);                         \
  template void spherical_harmonics_gradient<T>(const HarmonicsOptions&, std::int64_t, const T*, T*, T*);            \
  template void spherical_harmonics_vjp<T>(const HarmonicsOptions&, std::int64_t, const T*, const T*, T*);           \
  template void spherical_harmonics_vjp_vjp<T>(const HarmonicsOptions&, std::int64_t, const HarmonicsSecond<T>&, T*, \
                                               T*);
