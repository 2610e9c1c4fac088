#include "coset/rep/fourier_s2.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/rep/rotation.h"
#include "coset/rep/wigner_d.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using golden::rows;
using laws::distance;
using laws::kAlgebra;
using laws::kControlFactor;
using laws::kGolden64;

constexpr auto kComponent = HarmonicsNormalization::component;
constexpr auto kNorm = HarmonicsNormalization::norm;
constexpr auto kIntegral = HarmonicsNormalization::integral;

std::vector<double> random_normals(std::size_t n, std::uint32_t seed) {
  NumpyRandom random(seed);
  std::vector<double> x(n);
  for (double& value : x) value = random.normal();
  return x;
}

// Source: e3nn 0.5.1 ToS2Grid and FromS2Grid, lmax 5, resolution (14, 13).
TEST(FourierS2, MatchesE3nn) {
  const golden::E3nn e3nn("s2");
  for (const auto& [name, normalization] :
       {std::pair("component", kComponent), {"norm", kNorm}, {"integral", kIntegral}}) {
    const auto transform = make_sphere_transform({5, 14, 13, normalization});
    const std::string prefix = std::string("s2_") + name;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto signal = rows(e3nn[prefix + "_signal"], 14 * 13, i);
      EXPECT_LT(distance(to_grid(transform, rows(e3nn["s2_coef"], 36, i)), signal), kGolden64) << name;
      const auto noise = rows(e3nn[prefix + "_noise"], 14 * 13, i);
      EXPECT_LT(distance(from_grid(transform, noise), rows(e3nn[prefix + "_noise_coef"], 36, i)), kGolden64) << name;
    }
  }
}

// Source: e3nn 0.5.1 o3.Legendre and spherical_harmonics_alpha on that grid.
TEST(FourierS2, FactorsMatchE3nn) {
  const golden::E3nn e3nn("s2");
  const auto transform = make_sphere_transform({5, 14, 13, kIntegral});
  EXPECT_LT(distance(transform.to_polar, e3nn["legendre_lmax5"]), kGolden64);
  EXPECT_LT(distance(transform.azimuthal, e3nn["sh_alpha_lmax5"]), kGolden64);
}

// Source: e3nn 0.5.1 S2Activation(tanh, resolution (20, 19)) on 1x0e+1x1o+1x2e+1x3o; its tanh carries this constant.
TEST(FourierS2, ActivationOnTheGridMatchesE3nn) {
  const golden::E3nn e3nn("s2");
  const double moment = 1.5937334472592695;
  const auto transform = make_sphere_transform({3, 20, 19, kComponent});
  for (std::size_t i = 0; i < 3; ++i) {
    auto samples = to_grid(transform, rows(e3nn["s2act_x"], 16, i));
    for (double& f : samples) f = moment * std::tanh(f);
    EXPECT_LT(distance(from_grid(transform, samples), rows(e3nn["s2act_out"], 16, i)), kGolden64);
  }
}

TEST(FourierS2, RoundTripIsExact) {
  for (const int lmax : {0, 1, 2, 5, 12, 31})
    for (const auto normalization : {kComponent, kNorm, kIntegral})
      for (const int extra : {0, 3}) {
        const auto transform =
            make_sphere_transform({lmax, 2 * (lmax + 1 + extra), 2 * lmax + 1 + extra, normalization});
        const auto x = random_normals(harmonics_size(lmax), 3);
        EXPECT_LT(distance(from_grid(transform, to_grid(transform, x)), x), kAlgebra) << lmax;
      }
}

TEST(FourierS2, FftEqualsTheDirectSum) {
  for (const int res_alpha : {9, 10, 11, 16, 5}) {  // 5 < 2 lmax + 1: the dense branch
    const auto transform = make_sphere_transform({4, 10, res_alpha, kComponent});
    const auto x = random_normals(25, 4);
    const auto samples = random_normals(10 * res_alpha, 5);
    EXPECT_LT(distance(to_grid(transform, x), to_grid_direct(transform, x)), kAlgebra);
    EXPECT_LT(distance(from_grid(transform, samples), from_grid_direct(transform, samples)), kAlgebra);
  }
}

TEST(FourierS2, SamplesAreTheHarmonicSeriesAtThePoints) {
  const auto transform = make_sphere_transform({.lmax = 3, .normalization = kIntegral});
  const auto x = random_normals(16, 6);
  std::vector<double> expected;
  for (const double beta : transform.grid.beta)
    for (const double alpha : transform.grid.alpha) {
      const auto y = spherical_harmonics(3, point_from_angles({alpha, beta}), {kIntegral});
      double sum = 0.0;
      for (int k = 0; k < 16; ++k) sum += x[k] * y[k];
      expected.push_back(sum);
    }
  EXPECT_LT(distance(to_grid(transform, x), expected), kAlgebra);
}

// Squares double the degree: sampled finely enough they commute with rotations, sampled coarsely they alias.
TEST(FourierS2, PointwiseProductsCommuteWithRotationsUpToAliasing) {
  NumpyRandom random(8);
  const Matrix3 rotation = random_rotation(random);
  const auto irreps = Irreps::spherical_harmonics(2);
  const auto square = [](std::vector<double> x, int res) {
    const auto transform = make_sphere_transform({2, res, res - 1, kIntegral});
    auto samples = to_grid(transform, x);
    for (double& f : samples) f *= f;
    return from_grid(transform, samples);
  };
  const auto x = random_normals(9, 9);
  auto rotated = x;
  transform_rows(irreps, rotation, rotated);
  for (const auto& [res, exact] : {std::pair(8, true), std::pair(6, false)}) {
    auto expected = square(x, res);
    transform_rows(irreps, rotation, expected);
    const double error = distance(square(rotated, res), expected);
    if (exact)
      EXPECT_LT(error, kAlgebra);
    else
      EXPECT_GT(error, kControlFactor * kAlgebra);
  }
}

TEST(FourierS2, RefusesCoarseGridsAndWrongSizes) {
  EXPECT_THROW(make_sphere_transform({.lmax = 3, .res_beta = 6}), Error);
  EXPECT_THROW(make_sphere_transform({.lmax = 3, .res_beta = 9}), Error);
  EXPECT_THROW(make_sphere_transform({.lmax = -1}), Error);
  const auto transform = make_sphere_transform({.lmax = 3});
  EXPECT_EQ(transform.grid.beta.size(), 8U);
  EXPECT_EQ(transform.grid.alpha.size(), 7U);
  EXPECT_THROW(to_grid(transform, std::vector<double>(15)), Error);
  EXPECT_THROW(from_grid(transform, std::vector<double>(15)), Error);
}

}  // namespace
}  // namespace coset::rep
