#include "coset/kernel/harmonic_basis.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/laws/tolerance.h"

namespace coset::kernel {
namespace {

/// Columns of a row-major (rows, count) matrix made orthonormal.
std::vector<std::vector<double>> orthonormal(const std::vector<double>& matrix, std::size_t count) {
  std::vector<std::vector<double>> basis;
  for (std::size_t c = 0; c < count; ++c) {
    std::vector<double> v;
    for (std::size_t row = c; row < matrix.size(); row += count) v.push_back(matrix[row]);
    double before = 0.0, after = 0.0;
    for (double x : v) before += x * x;
    for (int pass = 0; pass < 2; ++pass)
      for (const auto& b : basis) {
        double dot = 0.0;
        for (std::size_t i = 0; i < v.size(); ++i) dot += v[i] * b[i];
        for (std::size_t i = 0; i < v.size(); ++i) v[i] -= dot * b[i];
      }
    for (double x : v) after += x * x;
    if (after < 1e-16 * before) continue;
    for (double& x : v) x /= std::sqrt(after);
    basis.push_back(std::move(v));
  }
  return basis;
}

/// Largest part of the unit vectors of one span that lies outside the other.
double outside(const std::vector<std::vector<double>>& inner, const std::vector<std::vector<double>>& outer) {
  double worst = 0.0;
  for (auto v : inner) {
    for (const auto& b : outer) {
      double dot = 0.0;
      for (std::size_t i = 0; i < v.size(); ++i) dot += v[i] * b[i];
      for (std::size_t i = 0; i < v.size(); ++i) v[i] -= dot * b[i];
    }
    double rest = 0.0;
    for (double x : v) rest += x * x;
    worst = std::max(worst, std::sqrt(rest));
  }
  return worst;
}

TEST(HarmonicBasis, RegularKernelsAreThoseOfTheSolver) {  // both ways to the steerable convolution span one space
  for (const auto& [text, size] : {std::pair("c4", 5), {"c4", 7}, {"c8", 5}, {"d2", 5}, {"d4", 5}}) {
    const Rings rings = Rings::standard(size);  // those of seven cells end at different frequencies
    const auto grid = group::parse_group(text);
    const auto regular = rep::regular_representation(grid);
    const auto plan = harmonic_group(grid, size, rings);
    const auto solved = sample_steerable(grid, regular, regular, size, rings);
    const auto a = orthonormal(expansion_matrix(plan), static_cast<std::size_t>(plan.pair_weights()));
    const auto b = orthonormal(solved.values, static_cast<std::size_t>(solved.count));
    EXPECT_LE(outside(b, a), laws::kGroupLaw) << text;
    EXPECT_LE(outside(a, b), laws::kGroupLaw) << text;
  }
}

TEST(HarmonicBasis, AnotherRotationIsOutside) {  // the control
  const auto c8 = group::parse_group("c8");
  const Rings rings = Rings::standard(5);
  auto plan = harmonic_group(c8, 5, rings);
  const auto right = orthonormal(expansion_matrix(plan), static_cast<std::size_t>(plan.pair_weights()));
  plan.fibre = interpolated_group(group::parse_group("d4"), {.size = 1}).fibre;
  const auto wrong = orthonormal(expansion_matrix(plan), static_cast<std::size_t>(plan.pair_weights()));
  EXPECT_GE(outside(wrong, right), laws::kControlFactor * laws::kGroupLaw);
}

/// Squared norm of every column of a row-major (rows, count) matrix.
std::vector<double> squared_norms(const std::vector<double>& matrix, std::int64_t count) {
  std::vector<double> squares(static_cast<std::size_t>(count));
  for (std::size_t k = 0; k < matrix.size(); ++k) squares[k % squares.size()] += matrix[k] * matrix[k];
  return squares;
}

TEST(HarmonicBasis, EveryFunctionHasUnitNorm) {  // Weiler and Cesa 2019: sum_x tr(K K^T) / dim_out = 1
  for (const char* text : {"c4", "c8", "c16", "d8"})
    for (std::int64_t size : {3, 5, 7, 9}) {
      const auto grid = group::parse_group(text);
      const auto plan = harmonic_lifting(grid, size, Rings::standard(size));
      for (double squares : squared_norms(plan.spatial, plan.spatial_basis))
        EXPECT_NEAR(squares / static_cast<double>(grid.size), 1.0, laws::kAlgebra) << text << " " << size;
    }
}

TEST(HarmonicBasis, WavesVanishAtTheCentre) {  // which has no angle
  const auto plan = harmonic_lifting(group::parse_group("c8"), 5, Rings::standard(5));
  const std::int64_t centre = 12 * plan.spatial_basis;
  std::int64_t there = 0;
  for (std::int64_t b = 0; b < plan.spatial_basis; ++b)
    there += plan.spatial[static_cast<std::size_t>(centre + b)] != 0.0 ? 1 : 0;
  EXPECT_EQ(plan.spatial_basis, 1 + 5 + 5);
  EXPECT_EQ(there, 3) << "the functions of frequency zero, one a ring";
}

TEST(HarmonicBasis, FunctionsThatVanishOnThePixelsAreDropped) {
  Rings rings = Rings::standard(5);
  const auto d8 = group::parse_group("d8");
  const auto all = harmonic_lifting(d8, 5, rings).spatial_basis;
  rings.radius.push_back(40.0);  // a ring out of sight
  rings.sigma.push_back(0.4);
  rings.band_limit.push_back(2);
  EXPECT_EQ(harmonic_lifting(d8, 5, rings).spatial_basis, all);
}

TEST(HarmonicBasis, SampledKernelsAreNormalised) {
  const auto c8 = group::parse_group("c8");
  const auto kernels = sample_steerable(c8, rep::planar_irrep(c8, 1), rep::planar_irrep(c8, 2), 7, Rings::standard(7));
  ASSERT_GT(kernels.count, 4);
  for (double squares : squared_norms(kernels.values, kernels.count)) EXPECT_NEAR(squares / 2.0, 1.0, laws::kAlgebra);
}

// The norm is that of the irrep an element reaches: 1 or 2 here, however many components the whole field has.
TEST(HarmonicBasis, SampledKernelsAreNormalisedByTheirIrrep) {
  for (const char* text : {"c8", "d8"}) {
    const auto grid = group::parse_group(text);
    const auto kernels =
        sample_steerable(grid, rep::planar_irrep(grid, 1), rep::regular_representation(grid), 5, Rings::standard(5));
    std::size_t one = 0, two = 0;
    for (double squares : squared_norms(kernels.values, kernels.count)) {
      (squares < 1.5 ? one : two) += 1;
      EXPECT_NEAR(squares, squares < 1.5 ? 1.0 : 2.0, laws::kAlgebra) << text;
    }
    EXPECT_GT(one, 0U);
    EXPECT_GT(two, 0U);
  }
}

}  // namespace
}  // namespace coset::kernel
