#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/compute/kernel_report.h"
#include "coset/ops/gate.h"
#include "coset/ops/gated_message.h"
#include "coset/ops/instance_norm.h"
#include "coset/ops/spherical_harmonics.h"
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

compute::GatedMessageSpec message_spec() {
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

GatedMessageOperands operands(at::ScalarType type) {
  at::manual_seed(21);
  const auto spec = message_spec();
  return {random({4, 12}, type), random({7, 2}, type),
          random({7, 4}, type),  random({spec.first.weight_numel}, type),
          random({6}, type),     random({spec.second.weight_numel}, type),
          random({6}, type)};
}

std::vector<Tensor> list(const GatedMessageOperands& o) {
  return {o.features, o.extra, o.attributes, o.w1, o.b1, o.w2, o.b2};
}
GatedMessageOperands unlist(const std::vector<Tensor>& v) {
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

// An operand that was computed from another one: derivatives of derivatives count each path once.
TEST(GatedProduct, SecondDerivativesWithOperandsThatShareTheirPast) {
  const GatedProduct layer(plan(kHidden + kHidden, kGated), {{2, 2}, gate_shape()});
  at::manual_seed(24);
  const Tensor w = random({layer.kernel().plan().weight_numel}), b = random({6});
  const auto twice = [&](const std::vector<Tensor>& in) {
    const Tensor z = layer({in[0], in[0].tanh()}, in[1], w, b);
    return layer({z, in[0]}, in[1], w, b);
  };
  const auto errors = verify::gradient_errors(twice, {random({3, 12}), random({3, 4})});
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
  const GatedProduct two(plan(kHidden + kHidden, kGated), {{2, 2}, gate_shape()});
  const Tensor w2 = random({two.kernel().plan().weight_numel});
  EXPECT_THROW(two({random({2, 15}), random({2, 9})}, random({2, 4}), w2, b), Error);  // 24 columns, cut elsewhere
  EXPECT_THROW(two({random({2, 24})}, random({2, 4}), w2, b), Error);
}

TEST(GatedMessage, FusedEqualsComposedInValueAndGradients) {
  const GatedMessage message(message_spec());
  for (const auto& [type, tolerance] : {std::pair{at::kDouble, laws::kFused64}, {at::kFloat, laws::kFused32}}) {
    std::vector<Tensor> in = list(operands(type));
    for (Tensor& t : in) t.requires_grad_();
    const auto before = compute::kernel_calls(compute::Kernel::gated_message);
    const Tensor fused = message(edges(), unlist(in));
    EXPECT_GT(compute::kernel_calls(compute::Kernel::gated_message), before) << "the fused kernel did not run";
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

TEST(GatedMessage, DerivativesToSecondOrder) {
  const GatedMessage message(message_spec());
  const auto errors = verify::gradient_errors(
      [&](const std::vector<Tensor>& in) { return message(edges(), unlist(in)); }, list(operands(at::kDouble)));
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

TEST(GatedMessage, NoEdgesAndNoNodes) {
  const GatedMessage message(message_spec());
  const auto o = operands(at::kDouble);
  const Tensor none = at::zeros({0}, at::kLong);
  const Tensor m =
      message(make_edges(4, none, none), {o.features, random({0, 2}), random({0, 4}), o.w1, o.b1, o.w2, o.b2});
  EXPECT_EQ(m.abs().sum().item<double>(), 0.0);
  EXPECT_EQ(
      message(make_edges(0, none, none), {random({0, 12}), random({0, 2}), random({0, 4}), o.w1, o.b1, o.w2, o.b2})
          .size(0),
      0);
  EXPECT_THROW(message(edges(), {o.features, o.extra, o.attributes, o.w1, random({5}), o.w2, o.b2}), Error);
  const std::int64_t nodes = o.features.size(0), columns = o.features.size(1) + 1;  // as many columns, cut elsewhere
  EXPECT_THROW(message(edges(), {random({nodes, columns}), random({o.extra.size(0), o.extra.size(1) - 2}), o.attributes,
                                 o.w1, o.b1, o.w2, o.b2}),
               Error);
  EXPECT_THROW(message(edges(), {o.features, o.extra, o.attributes, o.w1, o.b1, o.w2, random({7})}), Error);
  EXPECT_THROW(make_edges(2, torch::tensor({0, 2}, at::kLong), torch::tensor({0, 1}, at::kLong)), Error);
  EXPECT_THROW(make_edges(2, torch::tensor({0, 1}, at::kLong), torch::tensor({1, 0}, at::kLong)), Error);
}

TEST(InstanceNorm, FusedEqualsComposedAndHasSecondDerivatives) {
  const Irreps irreps("3x0e+2x1o+1x0o");
  const InstanceNorm norm(irreps);
  const Tensor owner = torch::tensor({0, 0, 0, 2, 2}, at::kLong);
  at::manual_seed(23);
  const std::vector<Tensor> in{random({5, 10}), random({5, 10}), random({6}), random({3})};
  const auto f = [&](const std::vector<Tensor>& v) { return norm({v[0], v[1], v[2], v[3]}, owner, 3); };
  const auto before = compute::kernel_calls(compute::Kernel::instance_norm);
  const Tensor fused = f(in);
  EXPECT_GT(compute::kernel_calls(compute::Kernel::instance_norm), before) << "the fused kernel did not run";
  EXPECT_LE(verify::relative_error(fused, norm.composed({in[0], in[1], in[2], in[3]}, owner, 3)), laws::kFused64);
  const auto errors = verify::gradient_errors(f, in);
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);

  // Nodes in any order: the composed form, whose rows are the same.
  const Tensor order = torch::tensor({4, 0, 3, 2, 1}, at::kLong);
  const auto turn = [&](const Tensor& t) { return t.index_select(0, order); };
  const auto count = compute::kernel_calls(compute::Kernel::instance_norm);
  const Tensor shuffled = norm({turn(in[0]), turn(in[1]), in[2], in[3]}, turn(owner), 3);
  EXPECT_EQ(compute::kernel_calls(compute::Kernel::instance_norm), count);
  EXPECT_LE(verify::relative_error(shuffled, turn(fused)), laws::kFused64);
  EXPECT_GE(verify::relative_error(shuffled, fused), laws::kFused64 * laws::kControlFactor);
}

/// The same numbers, columns side by side in memory.
std::vector<Tensor> strided(const std::vector<Tensor>& in) {
  std::vector<Tensor> out;
  for (const Tensor& t : in)
    out.push_back(t.dim() == 2 ? t.t().contiguous().t() : t.repeat_interleave(2).slice(0, 0, {}, 2));
  return out;
}

TEST(FusedLayers, TakeNonContiguousOperands) {
  const auto same = [](const char* name, const std::vector<Tensor>& in, const auto& f) {
    EXPECT_FALSE(strided(in)[0].is_contiguous());
    EXPECT_TRUE(at::equal(f(in), f(strided(in)))) << name;
  };
  const GatedMessage message(message_spec());
  same("message", list(operands(at::kDouble)), [&](const auto& v) { return message(edges(), unlist(v)); });
  const GatedProduct product(plan(kHidden, kGated), {{}, gate_shape()});
  same("product", {random({3, 12}), random({3, 4}), random({product.kernel().plan().weight_numel}), random({6})},
       [&](const auto& v) { return product({v[0]}, v[1], v[2], v[3]); });
  const InstanceNorm norm(kHidden);
  const Tensor owner = torch::tensor({0, 0, 1}, at::kLong);
  same("norm", {random({3, 12}), random({3, 12}), random({6}), random({3})}, [&](const auto& v) {
    return norm({v[0], v[1], v[2], v[3]}, owner, 2);
  });
  same("gate", {random({3, kGated.dim()})}, [&](const auto& v) { return gate(gate_shape(), v[0]); });
  same("harmonics", {random({5, 3})}, [&](const auto& v) { return spherical_harmonics(v[0], 3); });
}

TEST(InstanceNorm, SecondDerivativesWithAResidualComputedFromX) {
  const InstanceNorm norm(kHidden);
  const Tensor owner = torch::tensor({0, 0, 0, 0, 1, 1, 1, 1}, at::kLong);
  at::manual_seed(25);
  const Tensor w = random({6}), b = random({3});
  const auto f = [&](const std::vector<Tensor>& v) { return norm({v[0], v[0].tanh(), w, b}, owner, 2); };
  const auto errors = verify::gradient_errors(f, {random({8, 12})});
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

TEST(InstanceNorm, NoNodesAndBadInput) {
  const InstanceNorm norm(Irreps("2x0e+1x1o"));
  const Tensor w = random({3}), b = random({2}), none = at::zeros({0}, at::kLong);
  EXPECT_EQ(norm({random({0, 5}), {}, w, b}, none, 0).size(0), 0);
  EXPECT_EQ(norm({random({0, 5}), {}, w, b}, none, 4).size(0), 0);
  const Tensor owner = torch::tensor({0, 1}, at::kLong);
  EXPECT_THROW(norm({random({2, 4}), {}, w, b}, owner, 2), Error);
  EXPECT_THROW(norm({random({2, 5}), random({1, 5}), w, b}, owner, 2), Error);
  EXPECT_THROW(norm({random({2, 5}), {}, b, w}, owner, 2), Error);
  EXPECT_THROW(norm({random({2, 5}), {}, w, b}, owner, 1), Error);  // a node of graph 1
}

}  // namespace
}  // namespace coset::ops
