#include "coset/ops/mixed_conv.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/ops/scatter.h"
#include "coset/verify/equivariance.h"
#include "coset/verify/gradient_check.h"
#include "tests/laws/tolerance.h"

namespace coset::ops {
namespace {

using rep::Irreps;

struct Case {
  Irreps features, scalars, attribute, out;
};

rep::TensorProductPlan plan_of(const Case& c, rep::PathNormalization paths = rep::PathNormalization::none) {
  return rep::fully_connected_tensor_product(c.features + c.features + c.scalars, c.attribute, c.out,
                                             {rep::IrrepNormalization::component, paths});
}

/// Senders and receivers of five nodes; node 2 has no edge, node 3 sends only.
Edges edges() {
  return make_edges(5, torch::tensor({1, 3, 0, 3, 1, 0}, at::kLong), torch::tensor({0, 0, 1, 1, 4, 4}, at::kLong));
}

/// Features, scalars, attributes, weight.
std::vector<Tensor> operands(const Case& c, const Edges& graph) {
  at::manual_seed(5);
  const auto f64 = at::TensorOptions(at::kDouble);
  const std::int64_t n = graph.num_nodes(), e = graph.num_edges();
  return {at::randn({n, c.features.dim()}, f64), at::randn({e, c.scalars.dim()}, f64),
          at::randn({e, c.attribute.dim()}, f64), at::randn({plan_of(c).weight_numel}, f64)};
}

/// The formula, edge by edge.
Tensor edge_by_edge(const Case& c, const Edges& graph, const std::vector<Tensor>& in) {
  const Tensor pair = at::cat({gather(in[0], graph.receiver), gather(in[0], graph.sender), in[1]}, 1);
  return segment_sum(tensor_product(make_product(plan_of(c)), pair, in[2], in[3]), graph.row_start);
}

const Case kCases[] = {
    {Irreps("4x0e+3x1o"), Irreps("2x0e"), Irreps("1x0e+1x1o+1x2e"), Irreps("5x0e+3x0e+3x1o")},
    {Irreps("3x0o+2x1e+5x2e"), Irreps("1x0e"), Irreps("1x0e+1x1o+1x2e+1x3o"), Irreps("2x0o+4x1o+1x3e")},
    {Irreps("2x1o"), Irreps(""), Irreps("1x1o"), Irreps("3x0e+1x2e")},
};

TEST(MixedConv, IsTheProductSummedOverEdges) {
  for (const Case& c : kCases) {
    const auto in = operands(c, edges());
    const MixedConv conv(plan_of(c), static_cast<int>(c.features.size()));
    EXPECT_NE(conv.route().find("fused"), std::string::npos);
    const Tensor expected = edge_by_edge(c, edges(), in);
    const Tensor z = conv(edges(), in[0], in[1], in[2], in[3]);
    EXPECT_LE(verify::relative_error(z, expected), laws::kFused64);
    EXPECT_EQ(z[2].abs().max().item<double>(), 0.0) << "no edge arrives";
    // Control: the weights of receivers and senders in each other's place.
    const std::int64_t own = rep::fully_connected_tensor_product(c.features, c.attribute, c.out).weight_numel;
    const Tensor exchanged = at::cat({in[3].slice(0, own, 2 * own), in[3].slice(0, 0, own), in[3].slice(0, 2 * own)});
    EXPECT_GE(verify::relative_error(conv(edges(), in[0], in[1], in[2], exchanged), expected),
              laws::kFused64 * laws::kControlFactor);
  }
}

TEST(MixedConv, DerivativesToSecondOrder) {
  for (const Case& c : kCases) {
    const MixedConv conv(plan_of(c), static_cast<int>(c.features.size()));
    auto in = operands(c, edges());
    if (c.scalars.dim() == 0) in[1] = Tensor();
    std::vector<Tensor> wanted;
    for (const Tensor& t : in)
      if (t.defined()) wanted.push_back(t);
    const auto errors = verify::gradient_errors(
        [&](const std::vector<Tensor>& v) {
          const bool scalars = v.size() == 4;
          return conv(edges(), v[0], scalars ? v[1] : Tensor(), v[scalars ? 2 : 1], v[scalars ? 3 : 2]);
        },
        wanted);
    EXPECT_LE(errors.first, laws::kGradient);
    EXPECT_LE(errors.second, laws::kGradient);
  }
}

TEST(MixedConv, NoEdgesAndPlansThatDoNotFit) {
  const Case& c = kCases[0];
  const Tensor none = at::zeros({0}, at::kLong);
  const Edges empty = make_edges(2, none, none);
  const auto in = operands(c, empty);
  EXPECT_EQ(MixedConv(plan_of(c), 2)(empty, in[0], in[1], in[2], in[3]).abs().sum().item<double>(), 0.0);
  EXPECT_FALSE(MixedConv::fits(plan_of(c), 1));
  EXPECT_FALSE(MixedConv::fits(plan_of(c, rep::PathNormalization::element), 2));
  EXPECT_FALSE(MixedConv::fits(plan_of({c.features, Irreps("1x1o"), c.attribute, c.out}), 2));
  EXPECT_THROW(MixedConv(plan_of(c), 1), Error);
  EXPECT_THROW(MixedConv(plan_of(c), 2)(edges(), at::zeros({5, 13}), at::zeros({5, 2}), at::zeros({6, 9}), in[3]),
               Error);
}

}  // namespace
}  // namespace coset::ops
