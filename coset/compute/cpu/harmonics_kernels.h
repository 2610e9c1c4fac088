/// The SIMD kernels of the spherical harmonics: one point per lane.
#pragma once

#include <cstdint>

#include "coset/compute/spherical_harmonics.h"
#include "coset/compute/spherical_harmonics_reference.h"

namespace coset::compute {

/// Degrees compiled one by one; a higher one runs the same code with loops of unknown length, up to kMostHarmonics.
inline constexpr int kUnrolledHarmonics = 12;
inline constexpr int kMostHarmonics = 24;

template <class T>
struct HarmonicsCall {
  int lmax = 0;
  const HarmonicsCoefficients<T>* coefficients = nullptr;
  bool normalize = true;
  bool rescaled = false;  ///< every x is zero or near length one
  std::int64_t n = 0;
  const T* x = nullptr;
  const T* g = nullptr;  ///< vjp, vjp_vjp
  const T* h = nullptr;  ///< vjp_vjp
  T* y = nullptr;        ///< values, gradient
  T* dy = nullptr;       ///< gradient (n, 3, M)
  T* gx = nullptr;       ///< vjp; vjp_vjp: d/dx, may be null
  T* dg = nullptr;       ///< vjp_vjp, may be null
};

template <class T>
struct HarmonicsKernels {
  void (*values)(const HarmonicsCall<T>& call);
  void (*gradient)(const HarmonicsCall<T>& call);
  void (*vjp)(const HarmonicsCall<T>& call);
  void (*vjp_vjp)(const HarmonicsCall<T>& call);
};

template <class T>
const HarmonicsKernels<T>& harmonics_kernels();

}  // namespace coset::compute
