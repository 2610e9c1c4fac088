#include "coset/rep/grid_representation.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using group::GroupGrid;
using group::parse_group;

/// max |rho(g) rho(h) - rho(gh)| and |rho rho^T - 1|.
double law_error(const GroupGrid& group, const GridRepresentation& rho) {
  double error = 0.0;
  const std::int64_t d = rho.dim;
  for (std::int64_t g = 0; g < group.size; ++g)
    for (std::int64_t h = 0; h < group.size; ++h)
      for (std::int64_t i = 0; i < d; ++i)
        for (std::int64_t j = 0; j < d; ++j) {
          double product = 0.0, gram = 0.0;
          for (std::int64_t k = 0; k < d; ++k) {
            product += rho.matrix(g)[i * d + k] * rho.matrix(h)[k * d + j];
            gram += rho.matrix(g)[i * d + k] * rho.matrix(g)[j * d + k];
          }
          error = std::max({error, std::abs(product - rho.matrix(group.multiply(g, h))[i * d + j]),
                            std::abs(gram - (i == j ? 1.0 : 0.0))});
        }
  return error;
}

std::vector<GridRepresentation> cases(const GroupGrid& group) {
  auto all = group.space == 2 ? planar_irreps(group) : std::vector<GridRepresentation>{};
  all.push_back(trivial_representation(group));
  all.push_back(regular_representation(group));
  for (std::int64_t g = 1; g < std::min<std::int64_t>(group.size, 5); ++g)
    all.push_back(quotient_representation(group, group::generated_subgroup(group, std::array{g})));
  return all;
}

TEST(GridRepresentation, IsAnOrthogonalHomomorphism) {
  for (const char* text : {"c1", "c2", "c4", "c8", "c5", "d1", "d2", "d4", "d5", "d8", "t", "o"}) {
    const auto group = parse_group(text);
    for (const auto& rho : cases(group)) EXPECT_LE(law_error(group, rho), laws::kAlgebra) << text << " " << rho.name;
  }
}

TEST(GridRepresentation, WrongSignOfTheMirrorFails) {  // the control
  const auto group = parse_group("d4");
  auto rho = planar_irrep(group, 1);
  for (std::size_t k = 16; k < 32; ++k) rho.matrices[k] = std::abs(rho.matrices[k]);
  EXPECT_GE(law_error(group, rho), laws::kControlFactor * laws::kAlgebra);
}

TEST(GridRepresentation, FrequencyOneIsTheActionOnThePlane) {
  const auto group = parse_group("d8");
  EXPECT_LE(laws::distance(planar_irrep(group, 1).matrices, group.action), laws::kAlgebra);
}

TEST(GridRepresentation,
     IrrepsCountTheGroup) {  // sum of dim^2 over irreps is |G| for D_N; C_N's real ones sum to N in dim
  const auto squares = [](const char* text) {
    std::int64_t total = 0;
    for (const auto& irrep : planar_irreps(parse_group(text))) total += irrep.dim * irrep.dim;
    return total;
  };
  EXPECT_EQ(squares("d4"), 8);
  EXPECT_EQ(squares("d5"), 10);
  EXPECT_EQ(squares("d16"), 32);
  EXPECT_EQ(planar_irreps(parse_group("c16")).size(), 9U);
}

/// D rho(g) D^T against the irreps side by side.
double decomposition_error(const GroupGrid& group, const GridRepresentation& rho, const Decomposition& found) {
  const auto blocks = direct_sum(found.irreps);
  const auto d = static_cast<std::size_t>(rho.dim);
  double error = 0.0;
  for (std::int64_t g = 0; g < group.size; ++g)
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j) {
        double value = 0.0;
        for (std::size_t k = 0; k < d; ++k)
          for (std::size_t l = 0; l < d; ++l)
            value += found.matrix[i * d + k] * rho.matrix(g)[k * d + l] * found.matrix[j * d + l];
        error = std::max(error, std::abs(value - blocks.matrix(g)[i * d + j]));
      }
  return error;
}

TEST(GridRepresentation, DecomposesIntoIrreps) {
  for (const char* text : {"c4", "c8", "c5", "d4", "d5", "d8"}) {
    const auto group = parse_group(text);
    for (const auto& rho : cases(group)) {
      const auto found = decompose(group, rho);
      EXPECT_LE(decomposition_error(group, rho, found), laws::kAlgebra) << text << " " << rho.name;
    }
  }
}

TEST(GridRepresentation, Refuses) {
  EXPECT_THROW(planar_irrep(parse_group("c8"), 5), Error);
  EXPECT_THROW(planar_irrep(parse_group("c8"), 0, true), Error);
  EXPECT_THROW(planar_irreps(parse_group("o")), Error);
  EXPECT_TRUE(regular_representation(parse_group("r+:3:2")).matrices.empty());
}

}  // namespace
}  // namespace coset::rep
