#include "coset/kernel/steerability.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "tests/laws/tolerance.h"

namespace coset::kernel {
namespace {

using group::GroupGrid;
using group::parse_group;
using rep::GridRepresentation;

/// Brute force: dimension of the solutions of one frequency, as the trace of the projector onto them,
/// P = mean over g of rho_out(g) x rho_in(g) x (rotation of the pair cos k phi, sin k phi).
double solutions_by_characters(const GroupGrid& group, const GridRepresentation& in, const GridRepresentation& out,
                               std::int64_t k) {
  double sum = 0.0;
  for (std::int64_t g = 0; g < group.size; ++g) {
    double trace_in = 0.0, trace_out = 0.0;
    for (std::int64_t i = 0; i < in.dim; ++i) trace_in += in.matrix(g)[i * in.dim + i];
    for (std::int64_t i = 0; i < out.dim; ++i) trace_out += out.matrix(g)[i * out.dim + i];
    const auto m = group.matrix(g);
    const double wave = k == 0                       ? 1.0
                        : group.determinant(g) > 0.0 ? 2.0 * std::cos(static_cast<double>(k) * std::atan2(m[2], m[0]))
                                                     : 0.0;
    sum += trace_in * trace_out * wave;
  }
  return sum / static_cast<double>(group.size);
}

std::vector<GridRepresentation> types(const GroupGrid& group) {
  auto all = rep::planar_irreps(group);
  all.push_back(rep::regular_representation(group));
  if (group.size % 2 == 0)
    all.push_back(rep::quotient_representation(group, group::generated_subgroup(group, std::array{group.size / 2})));
  return all;
}

TEST(Steerability, EverySolutionAndOnlySolutions) {
  const std::int64_t limit = 4;
  for (const char* text : {"c1", "c2", "c3", "c4", "c8", "d1", "d2", "d3", "d4", "so2:24", "o2:12"}) {
    const auto group = parse_group(text);
    for (const auto& in : types(group))
      for (const auto& out : types(group)) {
        if (in.dim * out.dim > 64) continue;
        const auto basis = steerable_basis(group, in, out, limit);
        double expected = 0.0;
        for (std::int64_t k = 0; k <= limit; ++k) expected += solutions_by_characters(group, in, out, k);
        EXPECT_NEAR(static_cast<double>(basis.size()), expected, 1e-6) << text << " " << in.name << " -> " << out.name;
        for (const auto& kernel : basis)
          EXPECT_LE(constraint_error(group, in, out, kernel), laws::kAlgebra)
              << text << " " << in.name << " -> " << out.name;
      }
  }
}

TEST(Steerability,
     SolutionsOfTheContinuousGroups) {  // Weiler and Cesa 2019: four from vectors to vectors, two left by the mirror
  const auto so2 = parse_group("so2:32"), o2 = parse_group("o2:32");
  const auto count = [](const GroupGrid& group, std::int64_t n, std::int64_t m) {
    return steerable_basis(group, rep::planar_irrep(group, n), rep::planar_irrep(group, m), 8).size();
  };
  EXPECT_EQ(count(so2, 0, 0), 1U);
  EXPECT_EQ(count(so2, 0, 2), 2U);
  EXPECT_EQ(count(so2, 1, 0), 2U);
  EXPECT_EQ(count(so2, 1, 3), 4U);
  EXPECT_EQ(count(o2, 0, 2), 1U);
  EXPECT_EQ(count(o2, 1, 3), 2U);
  const auto odd = rep::planar_irrep(o2, 0, true);
  EXPECT_EQ(steerable_basis(o2, odd, rep::planar_irrep(o2, 0), 8).size(), 0U)
      << "a scalar never becomes a pseudo-scalar";
}

TEST(Steerability, ControlFails) {
  const auto c8 = parse_group("c8");
  const auto vector = rep::planar_irrep(c8, 1), scalar = rep::planar_irrep(c8, 0);
  auto kernel = steerable_basis(c8, scalar, vector, 1).at(0);
  std::swap(kernel.cosine, kernel.sine);
  kernel.cosine[0] += 0.3;
  EXPECT_GE(constraint_error(c8, scalar, vector, kernel), laws::kControlFactor * laws::kAlgebra);
  kernel.cosine[0] = std::nan("");  // no comparison with it holds: neither may it pass
  EXPECT_FALSE(constraint_error(c8, scalar, vector, kernel) <= laws::kAlgebra);
}

TEST(Steerability, StandardRings) {
  const auto rings = Rings::standard(7);
  EXPECT_EQ(rings.radius, (std::vector<double>{0, 1, 2, 3}));
  EXPECT_EQ(rings.sigma, (std::vector<double>{0.005, 0.6, 0.6, 0.4}));
  EXPECT_EQ(rings.band_limit, (std::vector<std::int64_t>{0, 2, 3, 2}));
  EXPECT_THROW(Rings::standard(4), Error);
}

TEST(Steerability, ProportionalRings) {
  const auto rings = Rings::proportional(7, 1.5, 0.45);
  EXPECT_EQ(rings.radius, (std::vector<double>{0, 1, 2, 3}));
  EXPECT_EQ(rings.sigma, (std::vector<double>{0.005, 0.45, 0.45, 0.45}));
  EXPECT_EQ(rings.band_limit, (std::vector<std::int64_t>{0, 1, 3, 4}));
  EXPECT_THROW(Rings::proportional(7, -1.0), Error);
  EXPECT_THROW(Rings::proportional(7, 1.0, 0.0), Error);
}

}  // namespace
}  // namespace coset::kernel
