/// The radial network and the convolution with a kernel R(|r|) Y(r).
#include "coset/nn/graph/tensor_product_conv.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/nn/graph/attributes.h"
#include "coset/nn/irreps/linear.h"
#include "coset/nn/irreps/tensor_product.h"
#include "coset/ops/radial.h"
#include "coset/ops/scatter.h"
#include "coset/verify/equivariance.h"
#include "coset/verify/gradient_check.h"
#include "tests/laws/tolerance.h"

namespace coset::nn {
namespace {

using field::Field;
using rep::Irreps;

TEST(RadialBasis, HasTheDerivativesOfItsFormulas) {
  const Tensor r = at::tensor({0.3, 1.7, 2.9, 4.2}, at::kDouble);
  for (const auto basis :
       {kernel::RadialBasis::bessel, kernel::RadialBasis::gaussian, kernel::RadialBasis::smooth_finite}) {
    const kernel::RadialEmbedding embedding{0.0, 5.0, 4, basis, true};
    std::vector<kernel::RadialValue> row(4);
    evaluate(embedding, 1.7, row);
    EXPECT_EQ(ops::radial_basis(embedding, r)[1][2].item<double>(), row[2].value);
    const auto errors = verify::gradient_errors(
        [&](const std::vector<Tensor>& in) {
          return ops::radial_basis(embedding, in[0]) * ops::polynomial_cutoff(in[0], 5.0).unsqueeze(1);
        },
        {r});
    EXPECT_LE(errors.first, laws::kGradient) << to_string(basis);
    EXPECT_LE(errors.second, laws::kGradient) << to_string(basis);
  }
}

TEST(RadialBasis, RefusesThirdDerivativesAndWrongShapes) {
  const Tensor r = at::tensor({1.3}, at::kDouble).requires_grad_();
  Tensor y = ops::polynomial_cutoff(r, 5.0).sum();
  for (int order = 0; order < 2; ++order) y = torch::autograd::grad({y}, {r}, {}, true, true)[0].sum();
  EXPECT_THROW(torch::autograd::grad({y}, {r}), Error);
  EXPECT_THROW(ops::polynomial_cutoff(at::ones({2, 2}), 5.0), Error);
  EXPECT_THROW(ops::polynomial_cutoff(at::ones({2}, at::kLong), 5.0), Error);
  EXPECT_THROW(ops::polynomial_cutoff(at::ones({2}, at::kMeta), 5.0), Error);
}

// Value and slope vanish where an edge is about to leave the list: energies have no jumps, forces no kinks.
TEST(RadialEmbedding, EndsSmoothlyAtItsCutoff) {
  at::manual_seed(3);
  RadialEmbedding radial({.basis = {0.0, 4.0, 6, kernel::RadialBasis::bessel, true}}, 5);
  radial.to(at::kDouble);
  const auto size = [&](double r) { return radial.forward(at::full({1}, r, at::kDouble)).abs().max().item<double>(); };
  EXPECT_EQ(size(4.0), 0.0);
  EXPECT_EQ(size(5.0), 0.0);
  EXPECT_GE(size(2.0), 1e-2);
  EXPECT_LE(size(4.0 - 1e-4) / 1e-4, 1e-4) << "the slope";
  EXPECT_THROW(RadialEmbedding({.activation = ops::Activation::sigmoid}, 5), Error);
  EXPECT_THROW(RadialEmbedding({.basis = {2.0, 1.0, 6, kernel::RadialBasis::bessel, true}}, 5), Error);
}

struct Molecule {
  graph::Graph graph = graph::fully_connected_batch(2, 4);
  Tensor positions, distance;
  Attributes attributes;
};

Molecule molecule() {
  Molecule m;
  m.positions = at::randn({8, 3}, at::kDouble);
  const Tensor relative = graph::edge_vectors(m.graph, m.positions);
  m.distance = relative.norm(2, 1);
  m.attributes = make_attributes(m.graph, relative, {}, 2, compute::HarmonicsNormalization::component);
  return m;
}

TEST(TensorProductConv, IsTheSumOfItsMessages) {
  at::manual_seed(7);
  const Molecule m = molecule();
  const Irreps in("4x0e+3x1o"), kept("1x0e+1x1o+1x1e+1x2e");
  TensorProductConv layer({in, Irreps::spherical_harmonics(2), kept, {.hidden = {16}}, 3.0});
  layer.to(at::kDouble);
  EXPECT_EQ(layer.out().to_string(), "7x0e+10x1o+3x1e+7x2e");
  const Field x{in, at::randn({8, in.dim()}, at::kDouble)};
  const Field z = layer.forward(x, m.graph, m.attributes.edge, m.distance);
  TensorProduct product(layer.plan(), ProductWeights::external);
  RadialEmbedding radial({.hidden = {16}}, layer.plan().weight_numel);
  radial.to(at::kDouble);
  {
    at::NoGradGuard no_grad;
    for (const auto& item : radial.named_parameters())
      item.value().copy_(layer.named_parameters()["radial." + item.key()]);
  }
  const Field sender{in, ops::gather(x.data(), m.graph.edges.sender)};
  const Tensor messages = product.forward(sender, m.attributes.edge, radial.forward(m.distance)).data();
  const Tensor sum = ops::segment_sum(messages, m.graph.edges.row_start) / std::sqrt(3.0);
  EXPECT_LE(verify::relative_error(z.data(), sum), laws::kFused64);
}

// Linear, convolution, Linear: the interaction of NequIP; energies of it have forces with derivatives of their own.
TEST(TensorProductConv, InteractionsAreTrainableOnForces) {
  at::manual_seed(8);
  const Irreps in("2x0e+2x1o");
  TensorProductConv conv({in, Irreps::spherical_harmonics(1), in, {.hidden = {8}}});
  Linear before(in, in), after(conv.out().irreps(), Irreps("1x0e"));
  for (torch::nn::Module* part : {static_cast<torch::nn::Module*>(&conv), static_cast<torch::nn::Module*>(&before),
                                  static_cast<torch::nn::Module*>(&after)})
    part->to(at::kDouble);
  const auto graph = graph::fully_connected_batch(1, 3);
  const Field x{in, at::randn({3, in.dim()}, at::kDouble)};
  const auto energy = [&](const std::vector<Tensor>& positions) {
    const Tensor relative = graph::edge_vectors(graph, positions[0]);
    const Attributes a = make_attributes(graph, relative, {}, 1, compute::HarmonicsNormalization::component);
    return after.forward(conv.forward(before.forward(x), graph, a.edge, relative.norm(2, 1))).data().sum().view({1});
  };
  const auto errors = verify::gradient_errors(energy, {at::randn({3, 3}, at::kDouble)});
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

TEST(TensorProductConv, Refuses) {
  const Irreps in("2x0e"), y = Irreps::spherical_harmonics(1);
  EXPECT_THROW(TensorProductConv({in, y, Irreps("1x3o")}), Error);
  EXPECT_THROW(TensorProductConv({in, y, in, {}, 0.0}), Error);
  const Molecule m = molecule();
  TensorProductConv layer({in, y, in});
  EXPECT_THROW(layer.forward({Irreps("2x0o"), at::zeros({8, 2})}, m.graph, m.attributes.edge, m.distance), Error);
}

}  // namespace
}  // namespace coset::nn
