#include "coset/compute/spherical_harmonics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <numbers>
#include <vector>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"
#include "coset/compute/simd.h"
#include "tests/compute/numeric.h"

namespace coset::compute {
namespace {

using tests::inner;
using tests::numeric_gradient;
using tests::random_values;
using Normalization = HarmonicsNormalization;

std::vector<double> values(const HarmonicsOptions& options, const std::vector<double>& x) {
  const std::size_t n = x.size() / 3;
  std::vector<double> y(n * static_cast<std::size_t>((options.lmax + 1) * (options.lmax + 1)));
  spherical_harmonics(options, static_cast<std::int64_t>(n), x.data(), y.data());
  return y;
}

std::vector<double> vjp(const HarmonicsOptions& options, const std::vector<double>& x, const std::vector<double>& g) {
  std::vector<double> gx(x.size());
  spherical_harmonics_vjp(options, static_cast<std::int64_t>(x.size() / 3), x.data(), g.data(), gx.data());
  return gx;
}

std::vector<HarmonicsOptions> every_option(int lmax) {
  std::vector<HarmonicsOptions> out;
  for (const Route route : {Route::reference, Route::automatic})
    for (const auto n : {Normalization::component, Normalization::norm, Normalization::integral})
      for (const bool normalize : {true, false}) out.push_back({lmax, n, normalize, route});
  return out;
}

TEST(SphericalHarmonics, KnownLowDegrees) {
  const double x = 0.48, y = -0.6, z = 0.64;
  const double r3 = std::sqrt(3.0), r15 = std::sqrt(15.0);
  const std::vector<double> expected{1,
                                     r3 * x,
                                     r3 * y,
                                     r3 * z,
                                     r15 * x * z,
                                     r15 * x * y,
                                     std::sqrt(5.0) * (y * y - (x * x + z * z) / 2),
                                     r15 * y * z,
                                     r15 / 2 * (z * z - x * x)};
  EXPECT_LT(laws::distance(values({.lmax = 2}, {x, y, z}), expected), laws::kAlgebra);
  EXPECT_LT(laws::distance(values({.lmax = 2}, {7 * x, 7 * y, 7 * z}), expected), laws::kAlgebra);
  const double y0 = values({.lmax = 0, .normalization = Normalization::integral}, {x, y, z})[0];
  EXPECT_NEAR(y0, 1 / std::sqrt(4 * std::numbers::pi), laws::kAlgebra);
}

TEST(SphericalHarmonics, NormOfEachDegree) {
  const auto y = values({.lmax = 20, .normalization = Normalization::norm}, {0.3, -1.2, 0.7});
  for (int l = 0; l <= 20; ++l) {
    double sum = 0.0;
    for (int m = l * l; m < (l + 1) * (l + 1); ++m)
      sum += y[static_cast<std::size_t>(m)] * y[static_cast<std::size_t>(m)];
    EXPECT_NEAR(sum, 1.0, laws::kAlgebra) << "l = " << l;
  }
}

TEST(SphericalHarmonics, FirstDerivative) {
  const auto x = random_values<double>(9, 1);
  for (const auto& options : every_option(5)) {
    const auto g = random_values<double>(3 * 36, 2);
    const auto numeric = numeric_gradient([&](const auto& at) { return inner(values(options, at), g); }, x);
    const auto gx = vjp(options, x, g);
    EXPECT_LT(laws::distance(gx, numeric), laws::kGradient);
    std::vector<double> y(g.size()), dy(3 * g.size()), contracted(9);
    spherical_harmonics_gradient(options, 3, x.data(), y.data(), dy.data());
    EXPECT_LT(laws::distance(y, values(options, x)), laws::kAlgebra);
    for (std::size_t p = 0; p < 3; ++p)
      for (std::size_t k = 0; k < 3; ++k)
        for (std::size_t m = 0; m < 36; ++m) contracted[3 * p + k] += dy[(p * 3 + k) * 36 + m] * g[p * 36 + m];
    EXPECT_LT(laws::distance(contracted, gx), laws::kAlgebra);
    auto wrong = g;
    wrong[1] += 1.0;
    EXPECT_GT(laws::distance(vjp(options, x, wrong), numeric), laws::kGradient * laws::kControlFactor);
  }
}

TEST(SphericalHarmonics, SecondDerivative) {
  const auto x = random_values<double>(9, 3);
  const auto h = random_values<double>(9, 4);
  for (const auto& options : every_option(4)) {
    const auto g = random_values<double>(3 * 25, 5);
    std::vector<double> dg(g.size()), dx(9);
    spherical_harmonics_vjp_vjp<double>(options, 3, {x.data(), g.data(), h.data()}, dg.data(), dx.data());
    const auto in_g = numeric_gradient([&](const auto& at) { return inner(vjp(options, x, at), h); }, g);
    const auto in_x = numeric_gradient([&](const auto& at) { return inner(vjp(options, at, g), h); }, x);
    EXPECT_LT(laws::distance(dg, in_g), laws::kGradient);
    EXPECT_LT(laws::distance(dx, in_x), laws::kGradient);
  }
}

TEST(SphericalHarmonics, ZeroVectorHasFiniteValuesAndNoDerivative) {
  for (auto options : every_option(3)) {
    if (!options.normalize) continue;
    const std::vector<double> x(3), g(16, 1.0), h(3, 1.0);
    auto expected = std::vector<double>(16);
    expected[0] = values(options, {1, 0, 0})[0];
    EXPECT_EQ(values(options, x), expected);
    EXPECT_EQ(vjp(options, x, g), x);
    std::vector<double> dg(16, 7.0), dx(3, 7.0);
    spherical_harmonics_vjp_vjp<double>(options, 1, {x.data(), g.data(), h.data()}, dg.data(), dx.data());
    EXPECT_EQ(dg, std::vector<double>(16));
    EXPECT_EQ(dx, x);
  }
}

template <class T>
constexpr double kTolerance = sizeof(T) == 4 ? laws::kFused32 : laws::kFused64;

/// Lengths from the smallest number to the largest: Y is that of the direction, the derivative falls as 1 / length and
/// the second as its square, wherever those are numbers of T.
template <class T>
void expect_any_length(Route route, double smallest, double largest) {
  const HarmonicsOptions options{.lmax = 3, .route = route};
  const std::vector<T> direction{T(0.5), T(-0.75), T(0.25)}, h{T(1), T(0.5), T(-0.25)};
  const auto g = random_values<T>(16, 5);
  const auto run = [&](const std::vector<T>& x) {
    std::vector<std::vector<T>> out{std::vector<T>(16), std::vector<T>(3), std::vector<T>(16), std::vector<T>(3)};
    spherical_harmonics(options, 1, x.data(), out[0].data());
    spherical_harmonics_vjp(options, 1, x.data(), g.data(), out[1].data());
    spherical_harmonics_vjp_vjp<T>(options, 1, {x.data(), g.data(), h.data()}, out[2].data(), out[3].data());
    return out;
  };
  const auto unit = run(direction);
  for (int power = std::ilogb(smallest); power <= std::ilogb(largest); ++power) {
    std::vector<T> x = direction;
    for (T& v : x) v = std::ldexp(v, power);
    const auto out = run(x);
    EXPECT_LE(laws::distance(out[0], unit[0]), kTolerance<T>) << power;
    for (std::size_t k = 1; k < 4; ++k)
      for (std::size_t i = 0; i < out[k].size(); ++i) {
        const auto expected = static_cast<double>(std::ldexp(unit[k][i], (k == 3 ? -2 : -1) * power));
        const auto found = static_cast<double>(out[k][i]);
        const auto denormal = static_cast<double>(std::numeric_limits<T>::denorm_min());
        const double rounding = kTolerance<T> * std::abs(expected) + 4.0 * denormal;
        EXPECT_TRUE(std::isfinite(expected) ? std::abs(found - expected) <= rounding : found == expected)
            << "power " << power << ", result " << k << ": " << found << " for " << expected;
      }
  }
}

TEST(SphericalHarmonics, EveryFiniteLength) {
  for (const Route route : {Route::reference, Route::automatic}) {
    expect_any_length<float>(route, 0x1p-147, 0x1p127);
    expect_any_length<double>(route, 0x1p-1072, 0x1p1023);
  }
}

TEST(SphericalHarmonics, SmallestNumbersAndThoseThatAreNone) {
  for (const Route route : {Route::reference, Route::automatic}) {
    const HarmonicsOptions options{.lmax = 2, .route = route};
    const float tiny = std::numeric_limits<float>::denorm_min(), inf = std::numeric_limits<float>::infinity();
    const std::vector<float> x{0, tiny, 0, 0, 1, 0, inf, 0, 0, 1, std::nanf(""), 0, -0.0F, 0, 0};
    std::vector<float> y(5 * 9), gx(15);
    spherical_harmonics(options, 5, x.data(), y.data());
    const std::vector<float> g(5 * 9, 1.0F);
    spherical_harmonics_vjp(options, 5, x.data(), g.data(), gx.data());
    EXPECT_TRUE(std::equal(y.begin(), y.begin() + 9, y.begin() + 9));
    for (std::size_t p : {2U, 3U})
      for (std::size_t m = 1; m < 9; ++m) EXPECT_TRUE(std::isnan(y[9 * p + m])) << p << " " << m;
    for (std::size_t m = 1; m < 9; ++m) EXPECT_EQ(y[36 + m], 0.0F);
    for (std::size_t k = 12; k < 15; ++k) EXPECT_EQ(gx[k], 0.0F);
  }
}

template <class T>
std::vector<std::vector<T>> everything(const HarmonicsOptions& options, std::int64_t n) {
  const std::int64_t size = (options.lmax + 1) * (options.lmax + 1);
  auto x = random_values<T>(3 * n, 1);
  if (n > 2) x[3] = x[4] = x[5] = 0;
  const auto g = random_values<T>(n * size, 2), h = random_values<T>(3 * n, 3);
  const auto length = [](std::int64_t count) { return std::vector<T>(static_cast<std::size_t>(count), T(7)); };
  std::vector<std::vector<T>> out{length(n * size), length(n * size), length(3 * n * size),
                                  length(3 * n),    length(n * size), length(3 * n)};
  spherical_harmonics(options, n, x.data(), out[0].data());
  spherical_harmonics_gradient(options, n, x.data(), out[1].data(), out[2].data());
  spherical_harmonics_vjp(options, n, x.data(), g.data(), out[3].data());
  spherical_harmonics_vjp_vjp<T>(options, n, {x.data(), g.data(), h.data()}, out[4].data(), out[5].data());
  return out;
}

template <class T>
void compare_with_reference(SimdTarget target) {
  for (int lmax = 1; lmax <= 14; ++lmax)
    for (const std::int64_t n : {1, 16, 37})
      for (const bool normalize : {true, false}) {
        HarmonicsOptions options{lmax, Normalization::norm, normalize, Route::fused};
        if (!normalize && lmax > 4) continue;  // solid harmonics of high degree span too many orders for one tolerance
        const auto before = kernel_calls(Kernel::harmonics_fused);
        const auto fused = everything<T>(options, n);
        EXPECT_EQ(kernel_calls(Kernel::harmonics_fused), before + 4) << "the fused kernel did not run";
        options.route = Route::reference;
        const auto expected = everything<T>(options, n);
        for (std::size_t i = 0; i < fused.size(); ++i)
          EXPECT_LT(laws::distance(fused[i], expected[i]), kTolerance<T>)
              << to_string(target) << " lmax " << lmax << " n " << n << " output " << i << " normalize " << normalize;
      }
}

TEST(SphericalHarmonics, FusedAgreesWithReferenceOnEveryTarget) {
  const SimdTarget best = simd_target();
  for (const SimdTarget target : simd_targets()) {
    if (target == SimdTarget::portable) continue;
    set_simd_target(target);
    compare_with_reference<float>(target);
    compare_with_reference<double>(target);
  }
  set_simd_target(best);
}

// The comparison above can fail.
TEST(SphericalHarmonics, ComparisonNoticesAnotherNormalization) {
  const auto norm = everything<double>({.lmax = 3, .normalization = Normalization::norm}, 16);
  const auto component = everything<double>({.lmax = 3, .normalization = Normalization::component}, 16);
  for (std::size_t i = 0; i < norm.size(); ++i)
    EXPECT_GT(laws::distance(norm[i], component[i]), kTolerance<float> * laws::kControlFactor) << i;
}

// (2m - 1)!! leaves the range of float at m = 29.
TEST(SphericalHarmonics, HighDegreesInSinglePrecision) {
  for (const int lmax : {28, 30, 60}) {
    const HarmonicsOptions options{.lmax = lmax, .normalization = Normalization::norm};
    const auto x = random_values<float>(3 * 5, 1);
    const auto size = static_cast<std::size_t>((lmax + 1) * (lmax + 1));
    std::vector<float> y(5 * size), gx(3 * 5), g(5 * size, 1.0F);
    spherical_harmonics(options, 5, x.data(), y.data());
    spherical_harmonics_vjp(options, 5, x.data(), g.data(), gx.data());
    const std::vector<double> x64(x.begin(), x.end()), g64(g.begin(), g.end());
    EXPECT_LT(laws::distance(y, values(options, x64)), kTolerance<float>) << lmax;
    EXPECT_LT(laws::distance(gx, vjp(options, x64, g64)), kTolerance<float>) << lmax;
  }
}

TEST(SphericalHarmonics, SameBitsOnAnyNumberOfThreads) {
  set_num_threads(1);
  const auto one = everything<float>({.lmax = 3}, 5000);
  for (const int threads : {2, 64}) {
    set_num_threads(threads);
    EXPECT_EQ(one, everything<float>({.lmax = 3}, 5000));
  }
  set_num_threads(0);
}

TEST(SphericalHarmonics, RefusesDegreesOutOfRange) {
  double x[3] = {1, 0, 0}, y[1];
  EXPECT_THROW(spherical_harmonics<double>({.lmax = -1}, 1, x, y), Error);
  EXPECT_THROW(spherical_harmonics<double>({.lmax = 64}, 1, x, y), Error);
  EXPECT_THROW(spherical_harmonics<double>({.lmax = 0, .route = Route::fused}, 1, x, y), Error);
}

// Nothing is read and nothing is written: pointers may be null, and a buffer that is given keeps its bits.
TEST(SphericalHarmonics, NoPoints) {
  const auto run = [](const HarmonicsOptions& options, double* buffer) {
    spherical_harmonics<double>(options, 0, buffer, buffer);
    spherical_harmonics_gradient<double>(options, 0, buffer, buffer, buffer);
    spherical_harmonics_vjp<double>(options, 0, buffer, buffer, buffer);
    spherical_harmonics_vjp_vjp<double>(options, 0, {buffer, buffer, buffer}, buffer, buffer);
  };
  const std::vector<double> before(64, -7.0);
  for (const HarmonicsOptions& options : every_option(3)) {
    std::vector<double> buffer = before;
    run(options, buffer.data());
    EXPECT_EQ(buffer, before);
    EXPECT_NO_THROW(run(options, nullptr));
  }
  std::vector<double> one = before;  // the control: with one point the buffer does change
  const double x[3] = {0, 1, 0};
  spherical_harmonics<double>({.lmax = 3}, 1, x, one.data());
  EXPECT_NE(one, before);
}

}  // namespace
}  // namespace coset::compute
