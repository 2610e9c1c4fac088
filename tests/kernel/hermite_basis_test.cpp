#include "coset/kernel/hermite_basis.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/kernel/rotation_table.h"
#include "tests/laws/tolerance.h"

namespace coset::kernel {
namespace {

TEST(HermiteBasis, PolynomialsAreProbabilists) {
  for (double x : {-1.3, 0.0, 0.4, 2.0}) {
    EXPECT_NEAR(hermite(0, x), 1.0, laws::kAlgebra);
    EXPECT_NEAR(hermite(2, x), x * x - 1.0, laws::kAlgebra);
    EXPECT_NEAR(hermite(4, x), x * x * x * x - 6.0 * x * x + 3.0, 10 * laws::kAlgebra);
  }
}

TEST(HermiteBasis, SmallestScaleHasUnitNorm) {
  const auto plan = hermite_lifting(group::parse_group("r+:3:2"), {.size = 17, .order = 3, .width = 0.9});
  for (std::int64_t n = 0; n < 9; ++n) {
    double squares = 0.0;
    for (std::int64_t p = 0; p < plan.taps; ++p)
      squares += std::pow(plan.spatial[static_cast<std::size_t>(p * 9 + n)], 2);
    EXPECT_NEAR(squares, 1.0, laws::kAlgebra);
  }
}

/// Relative difference between the filter response at scale 2s to f(x/2) at 2x and at scale s to f at x.
double octave_error(const GroupConvPlan& plan, double factor = 1.0) {
  const auto f = [](double x, double y) {
    return std::exp(-((x - 1.0) * (x - 1.0) + y * y) / 18.0) - 0.5 * std::exp(-(x * x + (y + 2.0) * (y + 2.0)) / 32.0);
  };
  const auto cells = cell_offsets(2, plan.size);
  double worst = 0.0, scale = 0.0;
  for (std::int64_t n = 0; n < plan.spatial_basis; ++n)
    for (double x = -4.0; x <= 4.0; x += 2.0) {
      double small = 0.0, large = 0.0;
      for (std::int64_t p = 0; p < plan.taps; ++p) {
        const double dx = cells[static_cast<std::size_t>(2 * p)], dy = cells[static_cast<std::size_t>(2 * p + 1)];
        const auto at = [&](std::int64_t s) {
          return plan.spatial[static_cast<std::size_t>((s * plan.taps + p) * plan.spatial_basis + n)];
        };
        small += at(1) * f(x + dx, 1.0 + dy);
        large += factor * at(2) * f((2.0 * x + dx) / 2.0, (2.0 + dy) / 2.0);
      }
      worst = std::max(worst, std::abs(large - small));
      scale = std::max(scale, std::abs(small));
    }
  return worst / scale;
}

TEST(HermiteBasis, TwiceTheImageIsOneScaleUp) {
  const auto plan = hermite_lifting(group::parse_group("r+:3:2"), {.size = 41, .order = 3, .width = 1.0});
  EXPECT_LE(octave_error(plan), laws::kScaleOctave);
  EXPECT_GE(octave_error(plan, 4.0), 10 * laws::kScaleOctave) << "without the factor 1/s^2";
}

/// Sums of each function over the cells, (scales, functions): the response to a constant image.
std::vector<double> response_to_one(const GroupConvPlan& plan, double power) {
  std::vector<double> sums(static_cast<std::size_t>(plan.n_out * plan.spatial_basis));
  for (std::int64_t s = 0; s < plan.n_out; ++s)
    for (std::int64_t p = 0; p < plan.taps; ++p)
      for (std::int64_t n = 0; n < plan.spatial_basis; ++n)
        sums[static_cast<std::size_t>(s * plan.spatial_basis + n)] +=
            std::pow(2.0, power * static_cast<double>(s)) *
            plan.spatial[static_cast<std::size_t>((s * plan.taps + p) * plan.spatial_basis + n)];
  return sums;
}

// 1/s^2 makes the response to a constant independent of the scale, where the kernel is finely
// sampled.
TEST(HermiteBasis, ResponseToAConstantDoesNotDependOnScale) {
  const auto plan = hermite_lifting(group::parse_group("r+:3:2"), {.size = 101, .order = 3, .width = 1.5});
  const auto functions = static_cast<std::size_t>(plan.spatial_basis);
  const auto sums = response_to_one(plan, 0.0), without = response_to_one(plan, 2.0);
  EXPECT_GT(sums[0], 1.0) << "the Gaussian itself";
  for (std::size_t n = 0; n < functions; ++n)
    for (std::size_t s : {1U, 2U}) EXPECT_NEAR(sums[s * functions + n], sums[n], laws::kGroupLaw * sums[0]) << n;
  EXPECT_GE(std::abs(without[functions] / without[0] - 1.0), 1.0) << "the control: without the factor";
}

TEST(HermiteBasis, NeighbouringScalesOnly) {
  const auto plan = hermite_group(group::parse_group("r+:4:2"), {.size = 33, .order = 2}, 2);
  for (std::int64_t r = 0; r < 4; ++r)
    for (std::int64_t q = 0; q < 4; ++q)
      for (std::int64_t t = 0; t < 2; ++t)
        EXPECT_EQ(plan.fibre[static_cast<std::size_t>((r * 4 + q) * 2 + t)], q == r + t ? 1.0 : 0.0);
}

TEST(HermiteBasis, Refuses) {
  EXPECT_THROW(hermite_lifting(group::parse_group("c4"), {}), Error);
  EXPECT_THROW(hermite_lifting(group::parse_group("r+:2:2"), {.size = 8}), Error);
  EXPECT_THROW(hermite_group(group::parse_group("r+:2:2"), {}, 3), Error);
}

}  // namespace
}  // namespace coset::kernel
