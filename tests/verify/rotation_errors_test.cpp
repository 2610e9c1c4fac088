/// Turns that pixels do not carry: exact where they do, and nearer the larger, finer and smoother the kernel.
#include "coset/verify/rotation_errors.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/kernel/harmonic_basis.h"
#include "coset/kernel/spline_basis.h"
#include "tests/laws/tolerance.h"

namespace coset::verify {
namespace {

using kernel::GroupConvPlan;

std::vector<double> weights(const GroupConvPlan& plan, std::uint32_t seed) {
  NumpyRandom random(seed);
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < 8 * plan.pair_weights(); ++i) numbers.push_back(random.normal());
  return numbers;
}

std::vector<RotationError> errors(const GroupConvPlan& plan, double pixels, std::int64_t wrong = 0,
                                  std::uint32_t seed = 1) {
  return rotation_errors(plan, weights(plan, seed), blobs(pixels), 3.0 * pixels, wrong);
}

const group::GroupGrid kTurns = group::parse_group("so2:24");

GroupConvPlan splines(double width, int order) {
  kernel::SpatialSplines s = kernel::spline_lattice(2, 3, width, width, true);
  s.order = order;
  return kernel::spline_lifting(kTurns, s, kernel::spline_cells(kTurns, s));
}

GroupConvPlan harmonics() {
  return kernel::harmonic_lifting(kTurns, 5, kernel::Rings::standard(5));
}

GroupConvPlan bilinear(std::int64_t size) {
  return kernel::interpolated_lifting(kTurns, {.size = size});
}

/// Each member of the series is better than the one before at every angle, by the factor at the worst one.
bool falls(const std::vector<std::vector<RotationError>>& series, double factor) {
  for (std::size_t k = 1; k < series.size(); ++k) {
    for (std::size_t i = 0; i + 1 < series[k].size(); ++i)
      if (!(series[k][i].error < series[k - 1][i].error)) return false;
    if (!(worst_rotation_error(series[k]) * factor < worst_rotation_error(series[k - 1]))) return false;
  }
  return true;
}

TEST(RotationErrors, QuarterTurnsAreExactAndAWrongCopyIsSeen) {
  for (const auto& plan : {splines(1.0, 2), harmonics(), bilinear(5)}) {
    const auto found = errors(plan, 2.0), off = errors(plan, 2.0, 1);
    ASSERT_EQ(found.size(), 6U);
    EXPECT_DOUBLE_EQ(found[2].degrees, 45.0);
    EXPECT_LE(found.back().error, laws::kAlgebra);
    EXPECT_GE(off.back().error, laws::kControlFactor * laws::kAlgebra);
  }
  EXPECT_TRUE(std::isnan(worst_rotation_error({{15.0, std::nan("")}, {30.0, 0.1}})));
  EXPECT_GE(worst_rotation_error(errors(splines(2.0, 2), 2.0, 1)), 10.0 * laws::kOtherAngleSmooth);
  EXPECT_THROW(errors(kernel::interpolated_lifting(group::parse_group("so2:6"), {.size = 5}), 2.0), Error);
}

// 7, 15, 21 cells for the same nine splines; whole widths, whose sum is constant on the pixels.
TEST(RotationErrors, ErrorFallsWithKernelSize) {
  for (std::uint32_t seed : {1U, 2U, 3U}) {
    std::vector<std::vector<RotationError>> series;
    for (double width : {1.0, 2.0, 3.0}) {
      ASSERT_EQ(splines(width, 2).pair_weights(), 9);
      series.push_back(errors(splines(width, 2), 2.0, 0, seed));
    }
    EXPECT_TRUE(falls(series, 1.5)) << seed;
    EXPECT_LE(worst_rotation_error(series.back()), laws::kOtherAngleSmooth);
  }
}

// Steerable kernels of 9 cells, blobs of two pixels and more.
TEST(RotationErrors, SteerableKernelsOfNineCellsTurnOffTheLattice) {
  const auto plan = kernel::harmonic_lifting(kTurns, 9, kernel::Rings::standard(9));
  for (std::uint32_t seed : {1U, 2U, 3U}) {
    EXPECT_LE(worst_rotation_error(errors(plan, 2.0, 0, seed)), laws::kOtherAngleSmooth) << seed;
    EXPECT_GE(worst_rotation_error(errors(plan, 2.0, 1, seed)), 10.0 * laws::kOtherAngleSmooth)
        << "the control, " << seed;
  }
}

TEST(RotationErrors, ErrorFallsWithResolution) {
  for (std::uint32_t seed : {1U, 2U, 3U}) {
    std::vector<std::vector<RotationError>> series, white;
    for (double pixels : {1.0, 1.5, 2.0, 3.0, 4.0, 6.0}) {
      series.push_back(errors(harmonics(), pixels, 0, seed));
      white.push_back(errors(bilinear(7), pixels, 0, seed));
    }
    EXPECT_TRUE(falls(series, 1.5)) << seed;
    // the control: interpolated copies of white kernels differ from turns of one kernel at any resolution
    EXPECT_FALSE(falls(white, 1.5)) << seed;
    EXPECT_GE(worst_rotation_error(white.back()), laws::kOtherAngleBilinear);
  }
}

TEST(RotationErrors, ErrorFallsWithTheOrderOfTheBasis) {
  for (std::uint32_t seed : {1U, 2U, 3U}) {
    std::vector<std::vector<RotationError>> series;
    for (int order : {0, 1, 2, 3}) series.push_back(errors(splines(2.0, order), 2.0, 0, seed));
    EXPECT_TRUE(falls(series, 4.0)) << seed;
  }
}

}  // namespace
}  // namespace coset::verify
