#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/compute/kernel_report.h"
#include "coset/ops/gate.h"
#include "coset/ops/segnn_message.h"
#include "coset/verify/equivariance.h"
#include "coset/verify/gradient_check.h"
#include "tests/laws/tolerance.h"

namespace coset::ops {
namespace {

using rep::Irreps;

const Irreps kHidden("3x0e+3x1o");
const Irreps kGated("6x0e+3x1o");  // 3 scalars, 3 gates, 3 vectors
const Irreps kAttribute("1x0e+1x1o");

compute::GateShape gate_shape() {
  compute::GateShape shape;
  shape.scalars = 3;
  shape.gated = {{3, {1, -1}}};
  return shape;
}

rep::TensorProductPlan plan(const Irreps& in, const Irreps& out) {
  return rep::fully_connected_tensor_product(in, kAttribute, out,
                                             {rep::IrrepNormalization::component, rep::PathNormalization::none});
}

compute::SegnnMessageSpec message_spec() {
  return {plan(kHidden + kHidden + Irreps("2x0e"), kGated), plan(kHidden, kGated), gate_shape(), gate_shape(), 2};
}

Edges edges() {
  // Node 2 receives nothing, node 3 sends nothing.
  return make_edges(4, torch::tensor({1, 2, 0, 2, 0, 1, 2}, at::kLong),
                    torch::tensor({0, 0, 1, 1, 3, 3, 3}, at::kLong));
}

Tensor random(at::IntArrayRef shape, at::ScalarType type = at::kDouble) {
  return at::randn(shape, at::kDouble).to(type);
}

SegnnMessageOperands operands(at::ScalarType type) {
  at::manual_seed(21);
  const auto spec = message_spec();
  return {random({4, 12}, type), random({7, 2}, type),
          random({7, 4}, type),  random({spec.first.weight_numel}, type),
          random({6}, type),     random({spec.second.weight_numel}, type),
          random({6}, type)};
}

std::vector<Tensor> list(const SegnnMessageOperands& o) {
  return {o.features, o.extra, o.attributes, o.w1, o.b1, o.w2, o.b2};
}
SegnnMessageOperands unlist(const std::vector<Tensor>& v) {
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
}

TEST(Gate, DerivativesToSecondOrder) {
  at::manual_seed(20);
  const auto errors = verify::gradient_errors([](const std::vector<Tensor>& in) { return gate(gate_shape(), in[0]); },
                                              {random({4, kGated.dim()})});
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

TEST(GatedProduct, DerivativesToSecondOrder) {
  const GatedProduct layer(plan(kHidden + kHidden, kGated), {{2, 2}, gate_shape()});
  at::manual_seed(22);
  const auto f = [&](const std::vector<Tensor>& in) { return layer({in[0], in[1]}, in[2], in[3], in[4]); };
  const auto errors = verify::gradient_errors(
      f, {random({3, 12}), random({3, 12}), random({3, 4}), random({layer.kernel().plan().weight_numel}), random({6})});
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

TEST(GatedProduct, EmptyRowsAndBadShapes) {
  const GatedProduct layer(plan(kHidden, kGated), {{}, gate_shape()});
  const Tensor w = random({layer.kernel().plan().weight_numel}), b = random({6});
  EXPECT_EQ(layer({random({0, 12})}, random({0, 4}), w, b).size(0), 0);
  EXPECT_THROW(layer({random({2, 11})}, random({2, 4}), w, b), Error);
  EXPECT_THROW(layer({random({2, 12})}, random({3, 4}), w, b), Error);
  EXPECT_THROW(layer({random({2, 12})}, random({2, 4}), w, random({5})), Error);
}

TEST(SegnnMessage, FusedEqualsComposedInValueAndGradients) {
  const SegnnMessage message(message_spec());
  for (const auto& [type, tolerance] : {std::pair{at::kDouble, laws::kFused64}, {at::kFloat, laws::kFused32}}) {
    std::vector<Tensor> in = list(operands(type));
    for (Tensor& t : in) t.requires_grad_();
    const auto before = compute::kernel_calls(compute::Kernel::segnn_message);
    const Tensor fused = message(edges(), unlist(in));
    EXPECT_GT(compute::kernel_calls(compute::Kernel::segnn_message), before) << "the fused kernel did not run";
    const Tensor composed = message.composed(edges(), unlist(in));
    EXPECT_LE(verify::relative_error(fused, composed), tolerance);
    std::vector<Tensor> wrong = in;
    wrong[2] = -in[2];  // attributes of the opposite edge
    EXPECT_GE(verify::relative_error(message(edges(), unlist(wrong)), composed), tolerance * laws::kControlFactor);
    EXPECT_EQ(fused[2].abs().max().item<double>(), 0.0);
    const Tensor c = random({4, 12}, type);
    const auto a = torch::autograd::grad({(fused * c).sum()}, in);
    const auto b = torch::autograd::grad({(composed * c).sum()}, in);
    for (std::size_t i = 0; i < in.size(); ++i) EXPECT_LE(verify::relative_error(a[i], b[i]), tolerance) << i;
  }
}

TEST(SegnnMessage, DerivativesToSecondOrder) {
  const SegnnMessage message(message_spec());
  const auto errors = verify::gradient_errors(
      [&](const std::vector<Tensor>& in) { return message(edges(), unlist(in)); }, list(operands(at::kDouble)));
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

TEST(SegnnMessage, NoEdgesAndNoNodes) {
  const SegnnMessage message(message_spec());
  const auto o = operands(at::kDouble);
  const Tensor none = at::zeros({0}, at::kLong);
  const Tensor m =
      message(make_edges(4, none, none), {o.features, random({0, 2}), random({0, 4}), o.w1, o.b1, o.w2, o.b2});
  EXPECT_EQ(m.abs().sum().item<double>(), 0.0);
  EXPECT_EQ(
      message(make_edges(0, none, none), {random({0, 12}), random({0, 2}), random({0, 4}), o.w1, o.b1, o.w2, o.b2})
          .size(0),
      0);
  EXPECT_THROW(make_edges(2, torch::tensor({0, 2}, at::kLong), torch::tensor({0, 1}, at::kLong)), Error);
  EXPECT_THROW(make_edges(2, torch::tensor({0, 1}, at::kLong), torch::tensor({1, 0}, at::kLong)), Error);
}

}  // namespace
}  // namespace coset::ops
