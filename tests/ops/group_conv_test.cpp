#include "coset/ops/group_conv.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/ops/filter_expansion.h"
#include "coset/verify/equivariance.h"
#include "coset/verify/gradient_check.h"
#include "tests/golden/tensors.h"
#include "tests/laws/tolerance.h"

namespace coset::ops {
namespace {

using verify::relative_error;

TEST(FilterExpansion, EqualsTheExpansionMatrix) {
  for (const auto& [text, size] : {std::pair("c8", 5), {"d4", 3}, {"c16", 5}, {"o", 3}}) {
    const auto grid = group::parse_group(text);
    for (const auto& plan :
         {kernel::interpolated_lifting(grid, {.size = size}), kernel::interpolated_group(grid, {.size = size})}) {
      const Tensor weight = at::randn({3, 2, plan.pair_weights()}, at::kDouble);
      const FilterExpansion expand(plan);
      EXPECT_LE(relative_error(expand(weight), expand_reference(plan, weight)), laws::kFused64);
      EXPECT_LE(relative_error(expand(weight.to(at::kFloat)), expand_reference(plan, weight).to(at::kFloat)),
                laws::kFused32);
    }
  }
}

TEST(FilterExpansion, HasGradientsOfEveryOrder) {
  const FilterExpansion expand(kernel::interpolated_group(group::cyclic_grid(4), {.size = 3}));
  const auto errors =
      verify::gradient_errors([&](const std::vector<Tensor>& x) { return expand(x[0]).pow(3).sum().view({1}); },
                              {at::randn({2, 1, 36}, at::kDouble)});
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

TEST(FilterExpansion, RefusesOtherShapes) {
  const FilterExpansion expand(kernel::interpolated_lifting(group::cyclic_grid(4), {.size = 3}));
  EXPECT_THROW(expand(at::zeros({2, 2, 8})), Error);
  EXPECT_THROW(expand(at::zeros({2, 2, 9}, at::kLong)), Error);
}

TEST(GroupConv, LiftingAndGroupLayersEqualSE2CNN) {
  const golden::Tensors golden("se2cnn.npz");
  const auto grid = group::cyclic_grid(8);
  const FilterExpansion lift(kernel::interpolated_lifting(grid, {.size = 5}));
  const Tensor k1 = golden("kernel_lift").permute({3, 2, 0, 1}).flatten(2);  // (k, k, I, O) -> (O, I, k k)
  const Tensor y = group_conv(golden("x").unsqueeze(2), lift(k1), {});       // (B, O, N, H, W)
  EXPECT_LE(relative_error(y.transpose(1, 2), golden("lift_out")), laws::kGolden64);
  const FilterExpansion group(kernel::interpolated_group(grid, {.size = 5}));
  const Tensor k2 = golden("kernel_gconv").permute({4, 3, 2, 0, 1}).flatten(2);  // (k, k, N, I, O) -> (O, I, N k k)
  EXPECT_LE(relative_error(group_conv(y, group(k2), {}).transpose(1, 2), golden("gconv_out")), laws::kGolden64);
}

/// The definition, cell by cell, in one dimension.
Tensor direct(const Tensor& f, const Tensor& bank, const Tensor& bias, const ConvGeometry& g) {
  const std::int64_t n = f.size(3), k = bank.size(4), stuffed = g.transposed ? (n - 1) * g.stride + 1 : n;
  const std::int64_t stride = g.transposed ? 1 : g.stride;
  const std::int64_t count = (stuffed + 2 * g.padding - g.dilation * (k - 1) - 1) / stride + 1;
  Tensor y = at::zeros({f.size(0), bank.size(0), bank.size(1), count}, f.options());
  for (std::int64_t x = 0; x < count; ++x)
    for (std::int64_t p = 0; p < k; ++p) {
      std::int64_t at_cell = stride * x + g.dilation * p - g.padding;
      if (g.mode == PaddingMode::circular) at_cell = (at_cell + stuffed) % stuffed;
      if (g.mode == PaddingMode::reflect)
        at_cell = at_cell < 0 ? -at_cell : at_cell >= stuffed ? 2 * (stuffed - 1) - at_cell : at_cell;
      if (at_cell < 0 || at_cell >= stuffed || (g.transposed && at_cell % g.stride != 0)) continue;
      y.select(3, x) +=
          at::einsum("oriq,biq->bor", {bank.select(4, p), f.select(3, g.transposed ? at_cell / g.stride : at_cell)});
    }
  return y + bias.view({1, -1, 1, 1});
}

TEST(GroupConv, IsItsDefinitionInEveryGeometry) {
  const Tensor f = at::randn({2, 3, 2, 9}, at::kDouble), bank = at::randn({4, 5, 3, 2, 3}, at::kDouble);
  const Tensor bias = at::randn({4}, at::kDouble);
  for (const ConvGeometry& g : {ConvGeometry{},
                                {.stride = 2},
                                {.padding = 2},
                                {.padding = 1, .dilation = 3},
                                {.padding = 2, .mode = PaddingMode::circular},
                                {.stride = 2, .padding = 1, .mode = PaddingMode::reflect},
                                {.stride = 2, .padding = 1, .transposed = true},
                                {.stride = 3, .padding = 2, .dilation = 2, .transposed = true}})
    EXPECT_LE(relative_error(group_conv(f, bank, bias, g), direct(f, bank, bias, g)), laws::kFused64)
        << g.stride << g.padding << g.dilation << g.transposed;
}

TEST(GroupConv, RefusesWhatDoesNotFit) {
  const Tensor f = at::zeros({1, 2, 4, 8, 8}), bank = at::zeros({3, 4, 2, 4, 3, 3});
  EXPECT_THROW(group_conv(at::zeros({1, 2, 8, 8, 8}), bank, {}), Error);
  EXPECT_THROW(group_conv(f, bank, at::zeros({2})), Error);
  EXPECT_THROW(group_conv(f, bank, {}, {.padding = 1, .mode = PaddingMode::circular, .transposed = true}), Error);
  EXPECT_THROW(parse_padding_mode("zeros"), Error);
}

}  // namespace
}  // namespace coset::ops
