#include "coset/kernel/spline_basis.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "coset/group/log_coordinates.h"
#include "coset/group/planar.h"
#include "coset/kernel/rotation_table.h"
#include "coset/math/b_spline.h"
#include "tests/laws/tolerance.h"

namespace coset::kernel {
namespace {

using group::parse_group;

/// max |K[g r, g q, p] - K[r, q, g^-1 p]| over lattice elements g of a plan on one grid, per basis function.
double invariance_error(const group::GroupGrid& grid, const GroupConvPlan& plan) {
  const auto matrix = expansion_matrix(plan);
  const auto n = plan.n_in;
  const auto at = [&](std::int64_t r, std::int64_t q, std::int64_t p, std::int64_t k) {
    return matrix[static_cast<std::size_t>(((r * n + q) * plan.taps + p) * plan.pair_weights() + k)];
  };
  double error = 0.0;
  for (std::int64_t g = 0; g < grid.size; ++g) {
    if (!grid.on_lattice(g)) continue;
    const auto offsets = cell_offsets(grid.space, plan.size);
    for (std::int64_t r = 0; r < plan.n_out; ++r)
      for (std::int64_t q = 0; q < n; ++q)
        for (std::int64_t p = 0; p < plan.taps; ++p) {
          // the cell g^-1 p, by its offset
          std::int64_t source = 0;
          for (int a = 0; a < grid.space; ++a) {
            double x = 0.0;
            for (int b = 0; b < grid.space; ++b)
              x += grid.matrix(g)[static_cast<std::size_t>(b * grid.space + a)] *
                   offsets[static_cast<std::size_t>(p * grid.space + b)];
            source = source * plan.size + std::llround(x + static_cast<double>(plan.size - 1) / 2.0);
          }
          for (std::int64_t k = 0; k < plan.pair_weights(); ++k)
            error = std::max(
                error, std::abs(at(grid.multiply(g, r), n == 1 ? 0 : grid.multiply(g, q), p, k) - at(r, q, source, k)));
        }
  }
  return error;
}

TEST(SplineBasis, KernelsAreInvariant) {
  const auto spatial = spline_lattice(2, 3, 1.0, 1.0, true);
  for (const char* text : {"c4", "so2:8", "d4", "o2:8"}) {
    const auto grid = parse_group(text);
    EXPECT_LE(invariance_error(grid, spline_lifting(grid, spatial, 5)), laws::kAlgebra) << text;
    for (const auto& fibre : {dense_rotations(grid, 4), atrous_rotations(grid, 3), localised_rotations(grid, 3)})
      EXPECT_LE(invariance_error(grid, spline_group(grid, grid, fibre, spatial, 5)), laws::kAlgebra) << text;
  }
  const auto o = parse_group("o");
  const FibreSplines fibre{parse_group("so3:12"), 1.5, 0.0, 2};
  EXPECT_LE(invariance_error(o, spline_group(o, o, fibre, spline_lattice(3, 2, 1.0, 1.0, false), 3)), laws::kAlgebra);
}

TEST(SplineBasis, UnwrappedAnglesAreNoKernelOnTheCircle) {  // the control: distances that do not wrap
  const auto grid = parse_group("so2:8");
  auto plan = spline_group(grid, grid, dense_rotations(grid, 4), spline_lattice(2, 3, 1.0, 1.0, true), 5);
  for (std::int64_t r = 0; r < 8; ++r)
    for (std::int64_t q = 0; q < 8; ++q)
      for (std::int64_t b = 0; b < 4; ++b)
        plan.fibre[static_cast<std::size_t>((r * 8 + q) * 4 + b)] =
            math::b_spline(2, static_cast<double>(q - r - 2 * b) / 2.0);
  EXPECT_GE(invariance_error(grid, plan), laws::kControlFactor * laws::kAlgebra);
}

TEST(SplineBasis, DenseRotationsPartitionTheCircle) {  // each of the two circles of O(2) its own
  for (const char* text : {"so2:12", "o2:12"}) {
    const auto grid = parse_group(text);
    const auto fibre = dense_rotations(grid, 6);
    const auto factor = fibre_factor(grid, grid, fibre);
    const auto centres = static_cast<std::ptrdiff_t>(fibre.centres.size);
    for (auto row = factor.begin(); row != factor.end(); row += centres)
      EXPECT_NEAR(std::accumulate(row, row + centres, 0.0), 2.0 * std::acos(-1.0) / 12.0, laws::kAlgebra) << text;
  }
}

/// Angles of the centres in degrees, and the splines' width.
std::vector<long> degrees(const FibreSplines& fibre) {
  std::vector<long> found;
  for (std::int64_t b = 0; b < fibre.centres.size; ++b)
    found.push_back(
        std::lround(group::log_coordinates(2, fibre.centres.matrix(b)).rotation[0] * 180.0 / std::acos(-1.0)));
  found.push_back(std::lround(fibre.angle_width * 180.0 / std::acos(-1.0)));
  return found;
}

TEST(SplineBasis, CentresAndWidthsOnTheCircle) {  // Bekkers 2020: dense, atrous, localised
  const auto grid = parse_group("so2:8");
  EXPECT_EQ(degrees(dense_rotations(grid, 3)), (std::vector<long>{0, 120, -120, 120}));
  EXPECT_EQ(degrees(atrous_rotations(grid, 3)), (std::vector<long>{0, 120, -120, 45}));
  EXPECT_EQ(degrees(localised_rotations(grid, 3)), (std::vector<long>{-45, 0, 45, 45}));
}

TEST(SplineBasis,
     HaarWeightsKeepTheIntegralWhenTheGridIsRefined) {  // sum over q of the fibre factor, the same on 8 and 16
  const auto coarse = parse_group("so2:8"), fine = parse_group("so2:16");
  const auto fibre = dense_rotations(coarse, 4);
  const auto integral = [&](const group::GroupGrid& in) {
    const auto factor = fibre_factor(in, coarse, fibre);
    double sum = 0.0;
    for (std::int64_t q = 0; q < in.size; ++q) sum += factor[static_cast<std::size_t>(q * 4)];
    return sum;
  };
  EXPECT_NEAR(integral(coarse), integral(fine), laws::kAlgebra);
}

TEST(SplineBasis, ResponseToAConstantDoesNotDependOnScale) {
  const auto scales = parse_group("r+:4:2");
  const auto spatial = spline_lattice(2, 3, 2.0, 2.0, false);
  const auto plan = spline_lifting(scales, spatial, spline_cells(scales, spatial));
  std::vector<double> response(4);
  for (std::int64_t r = 0; r < 4; ++r)
    for (std::int64_t p = 0; p < plan.taps; ++p)
      response[static_cast<std::size_t>(r)] += plan.spatial[static_cast<std::size_t>((r * plan.taps + p) * 9 + 1)];
  for (double value : response) EXPECT_NEAR(value, 4.0, laws::kGroupLaw);  // width^2 times the integral 1
}

TEST(SplineBasis, CellsHoldTheLargestCopy) {
  const auto spatial = spline_lattice(2, 3, 1.0, 1.0, false);
  EXPECT_EQ(spline_cells(parse_group("c4"), spatial), 5);
  EXPECT_EQ(spline_cells(parse_group("so2:8"), spatial), 7);  // a corner turned by 45 degrees: 1.41 + 1.41 1.5 < 4
  EXPECT_EQ(spline_cells(parse_group("r+:2:2"), spatial), 9);
  EXPECT_EQ(spline_cells(parse_group("so2xr+:8:2:2"), spatial), 15);  // 2 (1.41 + 1.41 1.5) > 7
  for (double spacing : {1.0, 1.5, 2.0}) {                            // a disk of lattice steps, whatever their length
    EXPECT_EQ(spline_lattice(2, 3, spacing, 1.0, true).count(2), 9);
    EXPECT_EQ(spline_lattice(2, 5, spacing, 1.0, true).count(2), 21);
  }
}

TEST(SplineBasis, TheOutermostCellsAreNeededAndNoMore) {
  for (const char* text : {"c4", "so2:8", "so2:12", "o2:8", "so2xr+:8:2:1.5", "r+:3:1.4"}) {
    const auto grid = parse_group(text);
    const auto spatial = spline_lattice(2, 3, 2.0, 2.0, true);
    const auto at_the_border = [&](std::int64_t size) {  // largest value of any copy
      const auto plan = spline_lifting(grid, spatial, size);
      const auto offsets = cell_offsets(2, size);
      const double edge = static_cast<double>(size - 1) / 2.0;
      double most = 0.0;
      for (std::size_t k = 0; k < plan.spatial.size(); ++k) {
        const auto p = k / static_cast<std::size_t>(plan.spatial_basis) % static_cast<std::size_t>(plan.taps);
        if (std::max(std::abs(offsets[2 * p]), std::abs(offsets[2 * p + 1])) == edge)
          most = std::max(most, std::abs(plan.spatial[k]));
      }
      return most;
    };
    const std::int64_t size = spline_cells(grid, spatial);
    EXPECT_GT(at_the_border(size), 0.0) << text;
    EXPECT_EQ(at_the_border(size + 2), 0.0) << text;
  }
}

TEST(SplineBasis, Refuses) {
  const auto scales = parse_group("r+:3:2");
  EXPECT_THROW(dense_rotations(scales, 2), Error);
  EXPECT_THROW(dense_rotations(parse_group("so2:8"), 9), Error);
  EXPECT_THROW(dense_rotations(parse_group("so2:8"), 2), Error);
  EXPECT_THROW(localised_scales(parse_group("so2:8"), 2), Error);
  EXPECT_THROW(spline_lifting(scales, spline_lattice(2, 3, 1, 1, false), 4), Error);
  EXPECT_THROW(
      spline_group(scales, parse_group("o"), localised_scales(scales, 1), spline_lattice(2, 3, 1, 1, false), 5), Error);
}

}  // namespace
}  // namespace coset::kernel
