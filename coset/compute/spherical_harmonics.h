/// Real spherical harmonics of many points, with the products of their derivatives that training needs.
///
/// Conventions: docs/conventions.md#spherical-harmonics. Polar axis y, position l + m within degree l, degrees 0..lmax
/// one after the other: M = (lmax + 1)^2 numbers a point. Every pointer is a dense row-major array; outputs are
/// overwritten and must not overlap inputs. T is float or double. Safe to call from many threads; no allocation that
/// outlives the call. Source: e3nn.o3.spherical_harmonics (recurrence in l and m on solid harmonics); derivatives: the gradient
/// of a solid harmonic of degree l is a sparse combination of those of degree l - 1.
///
/// Every function @throws coset::Error unless 0 <= lmax <= 63, and with Route::fused where no fused kernel fits
/// (lmax 1 to 24, a target with vectors).
#pragma once

#include <cstdint>

#include "coset/compute/types.h"
#include "coset/rep/spherical_harmonics.h"

namespace coset::compute {

using rep::HarmonicsNormalization;

struct HarmonicsOptions {
  int lmax = 0;
  HarmonicsNormalization normalization = HarmonicsNormalization::component;
  /// true: Y(x / |x|) of every finite vector, denormal numbers and lengths beyond the range of T included. The zero
  /// vector has no direction: Y_0 as everywhere, zeros for l > 0, every derivative 0. A vector with an infinite or NaN
  /// component has NaN for l > 0. Derivatives grow as 1 / |x|, and are infinite where that leaves the range of T.
  /// false: solid harmonics, homogeneous polynomials of degree l.
  bool normalize = true;
  Route route = Route::automatic;
};

/// y[p, :] = Y(x[p, :]).   x (n, 3), y (n, M)
template <class T>
void spherical_harmonics(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y);

/// Values and gradient: dy[p, k, :] = dY/dx_k.   x (n, 3), y (n, M), dy (n, 3, M)
template <class T>
void spherical_harmonics_gradient(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y, T* dy);

/// gx = sum_m g[m] dY_m/dx; the gradient itself is never stored.   x (n, 3), g (n, M), gx (n, 3)
template <class T>
void spherical_harmonics_vjp(const HarmonicsOptions& options, std::int64_t n, const T* x, const T* g, T* gx);

/// Second-order companion: for s = <h, gx(x, g)> with gx from spherical_harmonics_vjp,
///   dg = ds/dg (n, M),  dx = ds/dx (n, 3). Either output may be null.
template <class T>
void spherical_harmonics_vjp_vjp(const HarmonicsOptions& options, std::int64_t n, const HarmonicsSecond<T>& at, T* dg,
                                 T* dx);

}  // namespace coset::compute
