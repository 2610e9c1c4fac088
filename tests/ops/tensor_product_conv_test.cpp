#include "coset/ops/tensor_product_conv.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/ops/scatter.h"
#include "coset/ops/tensor_product.h"
#include "coset/verify/equivariance.h"
#include "coset/verify/gradient_check.h"
#include "tests/laws/tolerance.h"

namespace coset::ops {
namespace {

using rep::ConnectionMode;
using rep::Irreps;

rep::TensorProductPlan plan() {
  return rep::make_tensor_product(Irreps("3x0e+3x1o"), Irreps("1x0e+1x1o"), Irreps("3x0e+3x0e+3x1o+3x1o"),
                                  {{0, 0, 0, ConnectionMode::uvu},
                                   {1, 1, 1, ConnectionMode::uvu},
                                   {0, 1, 2, ConnectionMode::uvu},
                                   {1, 0, 3, ConnectionMode::uvu}});
}

Edges edges() {
  return make_edges(4, torch::tensor({1, 2, 0, 2, 0, 1, 2}, at::kLong),
                    torch::tensor({0, 0, 1, 1, 3, 3, 3}, at::kLong));
}

std::vector<Tensor> random_operands() {
  at::manual_seed(31);
  return {at::randn({4, 12}, at::kDouble), at::randn({7, 4}, at::kDouble), at::randn({7, 12}, at::kDouble)};
}

TEST(TensorProductConv, IsGatherProductAndSum) {
  const auto in = random_operands();
  const Edges graph = edges();
  const Tensor message = tensor_product(make_product(plan()), gather(in[0], graph.sender), in[1], in[2]);
  const Tensor expected = segment_sum(message, graph.row_start);
  EXPECT_LE(
      verify::relative_error(tensor_product_conv(make_product_conv(plan()), graph, in[0], in[1], in[2]), expected),
      laws::kFused64);
  const Tensor wrong = tensor_product_conv(make_product_conv(plan()), graph, in[0], in[1].flip(0), in[2]);
  EXPECT_GE(verify::relative_error(wrong, expected), laws::kFused64 * laws::kControlFactor);
}

TEST(TensorProductConv, DerivativesToSecondOrder) {
  const auto conv = make_product_conv(plan());
  const auto errors = verify::gradient_errors(
      [&](const std::vector<Tensor>& in) { return tensor_product_conv(conv, edges(), in[0], in[1], in[2]); },
      random_operands());
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

/// (R, blocks of mul x dim) with the components of every block outside its channels, or back.
Tensor transposed_blocks(const Tensor& rows, const Irreps& irreps, bool back) {
  std::vector<Tensor> blocks;
  std::int64_t column = 0;
  for (const auto& block : irreps) {
    const std::int64_t mul = block.mul, dim = block.irrep.dim();
    const Tensor part = rows.slice(1, column, column + block.dim());
    blocks.push_back(part.reshape({-1, back ? dim : mul, back ? mul : dim}).transpose(1, 2).flatten(1));
    column += block.dim();
  }
  return at::cat(blocks, 1);
}

TEST(TensorProductConv, LayoutOnlyMovesColumns) {
  const auto in = random_operands();
  const auto conv = make_product_conv(plan());
  const auto channels_inside = [&](const std::vector<Tensor>& v) {
    const Tensor x = transposed_blocks(v[0], plan().in1, false);
    const Tensor z = tensor_product_conv(conv, edges(), x, v[1], v[2], compute::Layout::ir_mul);
    return transposed_blocks(z, plan().out, true);
  };
  const Tensor expected = tensor_product_conv(conv, edges(), in[0], in[1], in[2]);
  EXPECT_LE(verify::relative_error(channels_inside(in), expected), laws::kFused64);
  EXPECT_GE(verify::relative_error(tensor_product_conv(conv, edges(), in[0], in[1], in[2], compute::Layout::ir_mul),
                                   expected),
            laws::kFused64 * laws::kControlFactor);
  const auto errors = verify::gradient_errors(channels_inside, in);
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

// One row of weights for all edges: read in place as a constant, repeated when it is trained.
TEST(TensorProductConv, WeightsSharedByAllEdges) {
  const auto conv = make_product_conv(plan());
  const auto in = random_operands();
  const Tensor row = in[2][0];
  const auto shared = [&](const std::vector<Tensor>& v) { return tensor_product_conv(conv, edges(), v[0], v[1], row); };
  const auto trained = [&](const std::vector<Tensor>& v) {
    return tensor_product_conv(conv, edges(), v[0], v[1], v[2]);
  };
  const Tensor expected = tensor_product_conv(conv, edges(), in[0], in[1], row.expand({7, 12}));
  EXPECT_TRUE(at::equal(shared(in), expected));
  EXPECT_TRUE(at::equal(trained({in[0], in[1], row}), expected));
  EXPECT_FALSE(at::equal(shared(in), tensor_product_conv(conv, edges(), in[0], in[1], in[2])));
  for (const auto& errors :
       {verify::gradient_errors(shared, {in[0], in[1]}), verify::gradient_errors(trained, {in[0], in[1], row})}) {
    EXPECT_LE(errors.first, laws::kGradient);
    EXPECT_LE(errors.second, laws::kGradient);
  }
}

TEST(TensorProductConv, EmptyGraphsAndBadShapes) {
  const auto conv = make_product_conv(plan());
  const Tensor none = at::zeros({0}, at::kLong);
  const auto f64 = at::TensorOptions(at::kDouble);
  const Tensor z = tensor_product_conv(conv, make_edges(2, none, none), at::ones({2, 12}, f64), at::ones({0, 4}, f64),
                                       at::ones({0, 12}, f64));
  EXPECT_EQ(z.abs().sum().item<double>(), 0.0);
  const auto in = random_operands();
  EXPECT_THROW(tensor_product_conv(conv, edges(), in[0].slice(0, 1), in[1], in[2]), Error);
  EXPECT_THROW(tensor_product_conv(conv, edges(), in[0], in[1].to(at::kFloat), in[2]), Error);
}

}  // namespace
}  // namespace coset::ops
