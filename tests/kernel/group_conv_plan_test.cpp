#include "coset/kernel/group_conv_plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "coset/base/error.h"
#include "coset/io/npz.h"
#include "coset/kernel/rotation_table.h"
#include "tests/laws/tolerance.h"

namespace coset::kernel {
namespace {

std::vector<double> expanded(const std::vector<double>& matrix, const std::vector<double>& weight) {
  std::vector<double> bank(matrix.size() / weight.size());
  for (std::size_t row = 0; row < bank.size(); ++row)
    for (std::size_t c = 0; c < weight.size(); ++c) bank[row] += matrix[row * weight.size() + c] * weight[c];
  return bank;
}

std::vector<double> random_weights(std::int64_t count) {
  std::mt19937_64 engine(3);
  std::normal_distribution<double> normal;
  std::vector<double> weights(static_cast<std::size_t>(count));
  for (double& w : weights) w = normal(engine);
  return weights;
}

TEST(GroupConvPlan, LiftingStackEqualsSE2CNN) {
  const auto golden = io::load_npz(COSET_GOLDEN_DIR "/se2cnn.npz");
  const auto kernel = golden.at("kernel_lift").as_doubles();  // (5, 5, 3, 4)
  const auto stack = golden.at("lift_stack").as_doubles();    // (8, 5, 5, 3, 4)
  const auto plan = interpolated_lifting(group::cyclic_grid(8), {.size = 5});
  const auto matrix = expansion_matrix(plan);
  for (std::size_t pair = 0; pair < 12; ++pair) {
    std::vector<double> weight, expected;
    for (std::size_t p = 0; p < 25; ++p) weight.push_back(kernel[p * 12 + pair]);
    for (std::size_t row = 0; row < 200; ++row) expected.push_back(stack[row * 12 + pair]);
    EXPECT_LE(laws::distance(expanded(matrix, weight), expected), laws::kGolden64);
  }
}

TEST(GroupConvPlan, GroupStackEqualsSE2CNN) {
  const auto golden = io::load_npz(COSET_GOLDEN_DIR "/se2cnn.npz");
  const auto kernel = golden.at("kernel_gconv").as_doubles();  // (5, 5, 8, 4, 6)
  const auto stack = golden.at("gconv_stack").as_doubles();    // (8, 5, 5, 8, 4, 6)
  const auto plan = interpolated_group(group::cyclic_grid(8), {.size = 5});
  const auto matrix = expansion_matrix(plan);
  for (std::size_t pair : {0UL, 7UL, 23UL}) {
    std::vector<double> weight, expected;
    for (std::size_t q = 0; q < 8; ++q)
      for (std::size_t p = 0; p < 25; ++p) weight.push_back(kernel[(p * 8 + q) * 24 + pair]);
    for (std::size_t r = 0; r < 8; ++r)
      for (std::size_t q = 0; q < 8; ++q)
        for (std::size_t p = 0; p < 25; ++p) expected.push_back(stack[((r * 25 + p) * 8 + q) * 24 + pair]);
    EXPECT_LE(laws::distance(expanded(matrix, weight), expected), laws::kGolden64);
  }
}

/// bank[g r, g q, g p] = bank[r, q, p] for every g: the filter bank is a kernel on the group.
double invariance_error(const group::GroupGrid& grid, const std::vector<double>& bank, std::int64_t size) {
  const auto index = index_table(grid, size);
  const std::int64_t n = grid.size, cells = cell_count(grid.space, size);
  double error = 0.0;
  for (std::int64_t g = 0; g < n; ++g)
    for (std::int64_t r = 0; r < n; ++r)
      for (std::int64_t q = 0; q < n; ++q)
        for (std::int64_t p = 0; p < cells; ++p) {
          const auto moved = (grid.multiply(g, r) * n + grid.multiply(g, q)) * cells + p;
          const auto still = (r * n + q) * cells + index[static_cast<std::size_t>(g * cells + p)];
          error =
              std::max(error, std::abs(bank[static_cast<std::size_t>(moved)] - bank[static_cast<std::size_t>(still)]));
        }
  return error;
}

TEST(GroupConvPlan, BanksAreInvariantKernels) {
  for (const auto& [text, size] : {std::pair("c4", 3), {"c4", 4}, {"d4", 3}, {"o", 3}}) {
    const auto grid = group::parse_group(text);
    const auto plan = interpolated_group(grid, {.size = size});
    const auto bank = expanded(expansion_matrix(plan), random_weights(plan.pair_weights()));
    EXPECT_EQ(invariance_error(grid, bank, size), 0.0) << text;
  }
}

TEST(GroupConvPlan, UnshiftedFibreIsNoGroupConvolution) {  // the control: rotate the slices, forget to permute them
  const auto grid = group::dihedral_grid(4);
  auto plan = interpolated_group(grid, {.size = 3});
  for (std::int64_t r = 0; r < 8; ++r)
    for (std::int64_t q = 0; q < 8; ++q)
      for (std::int64_t b = 0; b < 8; ++b) plan.fibre[static_cast<std::size_t>((r * 8 + q) * 8 + b)] = q == b;
  const auto bank = expanded(expansion_matrix(plan), random_weights(plan.pair_weights()));
  EXPECT_GE(invariance_error(grid, bank, 3), laws::kControlFactor * laws::kAlgebra);
}

TEST(GroupConvPlan, InitialWeightsKeepTheVariance) {
  const auto plan = interpolated_group(group::cyclic_grid(4), {.size = 3});  // 36 inputs of weight 1 per field
  EXPECT_NEAR(plan.weight_deviation(5), std::sqrt(2.0 / (5 * 36)), laws::kAlgebra);
}

TEST(GroupConvPlan, IsotropicKernelsHaveOneWeightPerDistanceInTheDisk) {
  EXPECT_EQ(isotropic(group::cyclic_grid(4), 3).pair_weights(), 3);  // 0, 1, 2 squared cells
  EXPECT_EQ(isotropic(group::cyclic_grid(4), 5).pair_weights(), 5);  // and 4, 5; the corners, 8, lie outside
}

TEST(GroupConvPlan, PrintsAndRefuses) {
  EXPECT_EQ(describe(interpolated_lifting(group::cyclic_grid(8), {.size = 5})),
            "C1 -> C8, 5x5 cells, 1 x 25 weights per pair");
  EXPECT_THROW(interpolated_group(group::parse_group("r+:3:2"), {}), Error);
  for (const char* scales : {"r+:3:2", "so2xr+:4:2:2"}) {
    EXPECT_THROW(interpolated_lifting(group::parse_group(scales), {}), Error) << scales;
    EXPECT_THROW(isotropic(group::parse_group(scales), 3), Error) << scales;
  }
  EXPECT_NO_THROW(interpolated_lifting(group::parse_group("so3:12"), {}));
  EXPECT_NO_THROW(isotropic(group::parse_group("o2:6"), 3));
}

TEST(GroupConvPlan, ReadsBackEqual) {
  std::mt19937_64 engine(4);
  std::normal_distribution<double> normal;
  for (const auto& grid : {group::cyclic_grid(4), group::cyclic_grid(8), group::parse_group("o2:6")}) {
    const std::string& name = grid.name;
    GroupConvPlan plan = interpolated_group(grid, {.size = 3});
    EXPECT_EQ(parse_group_conv_plan(to_string(plan)), plan) << name;
    for (double& v : plan.spatial) v = normal(engine) * std::pow(10.0, 30.0 * normal(engine));
    plan.in = "any name\n%41 = \x1b";
    EXPECT_EQ(parse_group_conv_plan(to_string(plan)), plan) << name;
    EXPECT_EQ(to_string(plan).find('\n'), std::string::npos);
  }
}

TEST(GroupConvPlan, RefusesTextThatDoesNotFitTogether) {
  const std::string good =
      "in=C1 out=C2 space=2 size=1 n_in=1 n_out=2 taps=1 fibre_basis=1 spatial_basis=1 fibre=1,1 spatial=0.5,2";
  EXPECT_NO_THROW(parse_group_conv_plan(good));
  const auto refusal = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    try {
      parse_group_conv_plan(text);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{{"taps=1", "taps=9"},
                                                                                 {"space=2", "space=0"},
                                                                                 {"space=2", "space=1000000000"},
                                                                                 {"n_out=2", "n_out=3"},
                                                                                 {"n_out=2", "n_out=1000000000000"},
                                                                                 {"fibre=1,1", "fibre=1"},
                                                                                 {"fibre=1,1", "fibre=1,1,1"},
                                                                                 {"0.5,2", "0.5,inf"},
                                                                                 {"0.5,2", "0.5,2 more=1"},
                                                                                 {"size=1", "size=1000000"},
                                                                                 {"in=C1", "out=C1"}}) {
    const std::string message = refusal(from, to);
    EXPECT_TRUE(message.starts_with("[kernel::parse_group_conv_plan] expected ")) << to << ": " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace coset::kernel
