#include "coset/compute/spherical_harmonics.h"

#include "coset/base/error.h"
#include "coset/compute/cpu/harmonics_kernels.h"
#include "coset/compute/parallel.h"
#include "coset/compute/spherical_harmonics_reference.h"

namespace coset::compute {

namespace {

constexpr std::int64_t kPointsPerBlock = 512;

/// The fused kernel has degrees 1 .. kMostHarmonics, and the portable target has none.
template <class T>
bool fused(const HarmonicsOptions& options) {
  const bool fits = options.lmax >= 1 && options.lmax <= kMostHarmonics && harmonics_kernels<T>().values;
  check(options.route != Route::fused || fits, "[compute::spherical_harmonics] expected 1 <= lmax <= ", kMostHarmonics,
        " and a SIMD target for the fused kernel; received lmax = ", options.lmax);
  const bool use = fits && resolved(options.route) != Route::reference;
  count_kernel(use ? Kernel::harmonics_fused : Kernel::harmonics_reference);
  return use;
}

template <class T>
const HarmonicsCoefficients<T>& coefficients(const HarmonicsTable& table) {
  if constexpr (sizeof(T) == 4)
    return table.f32;
  else
    return table.f64;
}

/// Runs a kernel on ranges of points, every array shifted to the range.
template <class T>
void run(const HarmonicsOptions& options, void (*kernel)(const HarmonicsCall<T>&), HarmonicsCall<T> call) {
  call.lmax = options.lmax;
  call.normalize = options.normalize;
  call.coefficients = &coefficients<T>(harmonics_table(options.lmax, options.normalization));
  const std::int64_t size = (options.lmax + 1) * (options.lmax + 1);
  auto shift = [](auto* array, std::int64_t elements) { return array ? array + elements : nullptr; };
  // 0.18 ns a value, measured at degree 3; an array of gradients three, an upstream two to four times as much
  const double arrays = 1.0 + (call.dy ? 3.0 : 0.0) + (call.g ? 2.0 : 0.0) + (call.h ? 4.0 : 0.0);
  const ItemCost cost{0.18 * static_cast<double>(size) * arrays};
  parallel_ranges(call.n, kPointsPerBlock, cost, [&](std::int64_t begin, std::int64_t end) {
    HarmonicsCall<T> part = call;
    part.n = end - begin;
    part.x = shift(call.x, 3 * begin);
    part.g = shift(call.g, size * begin);
    part.h = shift(call.h, 3 * begin);
    part.y = shift(call.y, size * begin);
    part.dy = shift(call.dy, 3 * size * begin);
    part.gx = shift(call.gx, 3 * begin);
    part.dg = shift(call.dg, size * begin);
    kernel(part);
  });
}

}  // namespace

template <class T>
void spherical_harmonics(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y) {
  if (!fused<T>(options)) return reference::spherical_harmonics(options, n, x, y);
  run<T>(options, harmonics_kernels<T>().values, {.n = n, .x = x, .y = y});
}

template <class T>
void spherical_harmonics_gradient(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y, T* dy) {
  if (!fused<T>(options)) return reference::spherical_harmonics_gradient(options, n, x, y, dy);
  run<T>(options, harmonics_kernels<T>().gradient, {.n = n, .x = x, .y = y, .dy = dy});
}

template <class T>
void spherical_harmonics_vjp(const HarmonicsOptions& options, std::int64_t n, const T* x, const T* g, T* gx) {
  if (!fused<T>(options)) return reference::spherical_harmonics_vjp(options, n, x, g, gx);
  run<T>(options, harmonics_kernels<T>().vjp, {.n = n, .x = x, .g = g, .gx = gx});
}

template <class T>
void spherical_harmonics_vjp_vjp(const HarmonicsOptions& options, std::int64_t n, const HarmonicsSecond<T>& at, T* dg,
                                 T* dx) {
  if (!fused<T>(options)) return reference::spherical_harmonics_vjp_vjp(options, n, at, dg, dx);
  run<T>(options, harmonics_kernels<T>().vjp_vjp, {.n = n, .x = at.x, .g = at.g, .h = at.h, .gx = dx, .dg = dg});
}

COSET_INSTANTIATE_HARMONICS(float)
COSET_INSTANTIATE_HARMONICS(double)

}  // namespace coset::compute
