#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "coset/nn/dropout.h"
#include "coset/nn/gate.h"
#include "coset/nn/irreps/linear.h"
#include "coset/nn/irreps/normalization.h"
#include "coset/nn/irreps/o3_tensor_product.h"
#include "coset/nn/norm_activation.h"
#include "coset/verify/equivariance.h"
#include "coset/verify/gradient_check.h"
#include "tests/golden/tensors.h"
#include "tests/io/scratch.h"
#include "tests/laws/tolerance.h"

namespace coset::nn {
namespace {

using field::Field;
using rep::Irreps;

const golden::Tensors& layers() {
  static const golden::Tensors tensors("steerable_layers.npz");
  return tensors;
}

void expect_close(const Tensor& found, const Tensor& expected, double tolerance = laws::kGolden64) {
  EXPECT_LE(verify::relative_error(found, expected), tolerance);
}

template <class Layer>
void expect_equivariant(const Layer& layer, const field::FieldType& in) {
  at::manual_seed(11);
  const Field x{in, at::randn({7, in.channels()}, at::kDouble)};
  const auto errors = verify::o3_errors(layer, x, 5, 1);
  EXPECT_LE(errors.rotation, laws::kEquivariance64);
  EXPECT_LE(errors.reflection, laws::kEquivariance64);
}

TEST(Linear, MatchesE3nn) {
  Linear linear(Irreps("4x0e+3x1o+2x0e+2x2e"), Irreps("5x0e+2x1o+3x2e+1x0o"), {.biases = true});
  linear.to(at::kDouble);
  torch::NoGradGuard guard;
  linear.weight.copy_(layers()("linear_w"));
  linear.bias.copy_(layers()("linear_b"));
  expect_close(linear.forward({linear.in(), layers()("linear_x")}).data(), layers()("linear_out"));
  expect_equivariant([&](const Field& x) { return linear.forward(x); }, linear.in());
  EXPECT_THROW(linear.forward({Irreps("25x0e"), layers()("linear_x")}), Error);
}

TEST(Linear, EveryScalarBlockHasItsBiases) {
  Linear linear(Irreps("1x0e+1x1o"), Irreps("2x0e+1x1o+1x0o+3x0e"), {.biases = true});
  torch::NoGradGuard guard;
  linear.bias.copy_(at::arange(1, 6));
  const Tensor y = linear.forward({linear.in(), at::zeros({1, 4})}).data()[0];
  EXPECT_TRUE(at::equal(y, at::tensor({1.F, 2.F, 0.F, 0.F, 0.F, 0.F, 3.F, 4.F, 5.F})));
}

// F = 4 * 1 into 0e of four scalars and one 0e attribute, 3 * 1 into 1o: bounds 1/2 and 1/sqrt(3), SEGNN's o3_building_blocks.py.
TEST(O3TensorProduct, WeightsAndBiasesStartWithinTheirBounds) {
  at::manual_seed(5);
  const O3TensorProduct layer(Irreps("4x0e+3x1o"), Irreps("1x0e"), Irreps("50x0e+40x1o+60x0e"));
  EXPECT_EQ(layer.bias.numel(), 110);
  const auto fills = [](const Tensor& numbers, double bound) {
    EXPECT_LE(numbers.abs().max().item<double>(), bound);
    EXPECT_GE(numbers.abs().max().item<double>(), 0.9 * bound);
    EXPECT_LE(numbers.min().item<double>(), -0.8 * bound);
  };
  fills(layer.bias.narrow(0, 0, 50), 0.5);
  fills(layer.bias.narrow(0, 50, 60), 0.5);
  for (const auto& path : layer.plan().paths)
    fills(layer.weight.narrow(0, path.weight_offset, path.weight_numel),
          path.instruction.out == 1 ? 1.0 / std::sqrt(3.0) : 0.5);
}

TEST(Gate, MatchesE3nnWithMixedActivations) {
  using enum ops::Activation;
  const Gate gate(Irreps("6x0e+2x0o"), Irreps("3x0e+2x0e"), Irreps("3x1o+2x2e"), {{silu, tanh}, sigmoid});
  EXPECT_EQ(gate.in().to_string(), "2x0o+11x0e+3x1o+2x2e");
  EXPECT_EQ(gate.out().to_string(), "6x0e+2x0o+3x1o+2x2e");
  expect_close(gate.forward({gate.in(), layers()("gate_x")}).data(), layers()("gate_out"));
  expect_equivariant([&](const Field& x) { return gate.forward(x); }, gate.in());
}

// Source: e3nn 0.5.1.
TEST(Gate, KeepsTheOrderOfWhatItGates) {
  const Gate gate(Irreps("2x0e"), Irreps("3x0e"), Irreps("1x2e+2x1o"), {});
  EXPECT_EQ(gate.in().to_string(), "5x0e+2x1o+1x2e");
  EXPECT_EQ(gate.out().to_string(), "2x0e+1x2e+2x1o");
  const Gate small(Irreps("2x0e"), Irreps("1x0e"), Irreps("1x1o"), {});
  const Tensor x = torch::tensor({.5, -1., .3, .1, .2, .3}, at::kDouble).unsqueeze(0);
  const Tensor expected = torch::tensor({.5226096316, -.4516001933, .1060826175, .212165235, .3182478525}, at::kDouble);
  expect_close(small.forward({small.in(), x}).data()[0], expected);
}

// Scalars beside gates carry the second-moment constant, scalars alone do not: SEGNN's o3_building_blocks.py.
TEST(Gate, SwishIsBareWhereNothingIsGated) {
  const Tensor x = at::tensor({0.5, -1.0}, at::kDouble).unsqueeze(0);
  const auto alone = make_swish_gate(Irreps("2x0e"));
  expect_close(alone->forward({alone->in(), x}).data(), at::silu(x), laws::kAlgebra);
  const auto beside = make_swish_gate(Irreps("2x0e+1x1o"));
  const Tensor wide = at::cat({x, at::ones({1, 4}, at::kDouble)}, 1);
  expect_close(beside->forward({beside->in(), wide}).data().narrow(1, 0, 2),
               at::silu(x) * ops::moment_constant(ops::Activation::silu), laws::kAlgebra);
}

TEST(Gate, OddGatesFlipParityAndBadActivationsAreRefused) {
  Gate::Options options;
  options.gate_activation = ops::Activation::tanh;
  const Gate gate(Irreps("1x0e"), Irreps("1x0o"), Irreps("1x1o"), options);
  EXPECT_EQ(gate.out().to_string(), "1x0e+1x1e");
  expect_equivariant([&](const Field& x) { return gate.forward(x); }, gate.in());
  EXPECT_THROW(Gate(Irreps("1x0e"), Irreps("1x0o"), Irreps("1x1o"), {}), Error);  // sigmoid of a pseudo-scalar
  EXPECT_THROW(Gate(Irreps("1x1o"), Irreps(""), Irreps(""), {}), Error);
  EXPECT_THROW(Gate(Irreps("1x0e"), Irreps("1x0e"), Irreps("2x1o"), {}), Error);
}

TEST(NormActivation, MatchesE3nn) {
  const NormActivation layer(Irreps("3x0e+2x1o+1x2e"), NormActivationOptions());
  expect_close(layer.forward({Irreps("3x0e+2x1o+1x2e"), layers()("normact_x")}).data(), layers()("normact_out"));
  expect_equivariant([&](const Field& x) { return layer.forward(x); }, Irreps("3x0e+2x1o+1x2e"));
}

TEST(NormActivation, EveryCopyHasItsBias) {
  const Irreps irreps("2x0e+2x1o");
  NormActivation layer(irreps, {.activation = ops::Activation::tanh, .bias = true});
  layer.to(at::kDouble);
  layer.bias.data().copy_(at::tensor({0.1, -0.4, 0.7, -2.0}, at::kDouble));
  at::manual_seed(8);
  const Tensor x = at::randn({5, 8}, at::kDouble), y = layer.forward({irreps, x}).data();
  for (std::int64_t copy = 0; copy < 4; ++copy) {
    const auto own = [copy](const Tensor& all) {
      return copy < 2 ? all.narrow(1, copy, 1) : all.narrow(1, 2 + 3 * (copy - 2), 3);
    };
    const Tensor n = own(x).norm(2, at::IntArrayRef{1}, true);
    expect_close(own(y), own(x) / n * at::tanh(n + layer.bias[copy]), laws::kAlgebra);
  }
}

TEST(NormActivation, SecondDerivativesAreFiniteAtZero) {
  const NormActivation layer(Irreps("1x1o"), NormActivationOptions());
  const Tensor x = at::zeros({1, 3}, at::kDouble).requires_grad_();
  const Tensor y = layer.forward({Irreps("1x1o"), x}).data();
  const Tensor g = torch::autograd::grad({y.sum()}, {x}, {}, true, true)[0];
  EXPECT_TRUE(at::isfinite(g).all().item<bool>());
  EXPECT_TRUE(at::isfinite(torch::autograd::grad({g.sum()}, {x}, {}, false, false, true)[0]).all().item<bool>());
}

TEST(BatchNorm, MatchesE3nnInEveryReduction) {
  const Irreps irreps("4x0e+2x0o+3x1o+2x2e");
  for (const auto& [name, convention] :
       {std::pair{"component", NormConvention::component}, {"norm", NormConvention::norm}})
    for (const auto& [word, reduce] : {std::pair{"mean", Reduce::mean}, {"max", Reduce::max}}) {
      const std::string key = std::string("bn_") + name + "_" + word;
      NormalizationOptions options;
      options.convention = convention;
      options.reduce = reduce;
      BatchNorm layer(irreps, options);
      layer.to(at::kDouble);
      torch::NoGradGuard guard;
      layer.weight.copy_(layers()(key + "_w"));
      layer.bias.copy_(layers()(key + "_b"));
      Tensor x = layers()("bn_x");
      if (reduce == Reduce::max) x = x.view({4, 4, -1});
      expect_close(layer.forward({irreps, x}).data().view({16, -1}), layers()(key + "_train_out"));
      expect_close(layer.running_mean, layers()(key + "_running_mean"));
      expect_close(layer.running_variance, layers()(key + "_running_var"));
      layer.eval();
      expect_close(layer.forward({irreps, x}).data().view({16, -1}), layers()(key + "_eval_out"));
      expect_equivariant([&](const Field& v) { return layer.forward(v); }, irreps);
    }
}

TEST(BatchNorm, StatisticsOfOneValueAreRefused) {
  const Irreps mixed("2x0e+1x1o"), vectors("3x1o");
  BatchNorm layer(mixed), directions(vectors);
  const std::string said = io::error_of([&] { layer.forward({mixed, at::randn({1, 5})}); });
  EXPECT_EQ(said.find("[nn::BatchNorm] expected two or more values a field in train mode"), 0U) << said;
  EXPECT_TRUE(at::equal(layer.running_variance, at::ones({3}))) << "nothing moved";
  layer.forward({mixed, at::randn({1, 2, 5})});
  directions.forward({vectors, at::randn({1, 9})});  // three components have a mean square
  EXPECT_TRUE(directions.running_variance.isfinite().all().item<bool>());
  layer.eval();
  layer.forward({mixed, at::randn({1, 5})});
}

TEST(InstanceNorm, EachGraphAlone) {
  const Irreps irreps("2x0e+1x1o");
  InstanceNorm layer(irreps);
  layer.to(at::kDouble);
  at::manual_seed(2);
  const Tensor x = at::randn({5, irreps.dim()}, at::kDouble);
  const Tensor owner = torch::tensor({0, 0, 2, 2, 2}, at::kLong);  // graph 1 is empty
  const Tensor all = layer.forward({irreps, x}, owner, 3).data();
  const Tensor alone = layer.forward({irreps, x.slice(0, 2)}, at::zeros({3}, at::kLong), 1).data();
  expect_close(all.slice(0, 2), alone, laws::kAlgebra);
  EXPECT_LE(all.slice(0, 2).slice(1, 0, 2).mean(0).abs().max().item<double>(), laws::kAlgebra);
  expect_equivariant([&](const Field& v) { return layer.forward(v, at::zeros({7}, at::kLong), 1); }, irreps);
}

TEST(Dropout, DropsWholeCopiesAndKeepsTheMean) {
  const Irreps irreps("2x0e+3x1o");
  Dropout layer(0.25);
  at::manual_seed(4);
  const Tensor y = layer.forward({irreps, at::ones({20000, irreps.dim()}, at::kDouble)}).data();
  const Tensor vectors = y.slice(1, 2).view({20000, 3, 3});
  EXPECT_TRUE(at::equal(vectors.amax(-1), vectors.amin(-1)));
  EXPECT_NEAR(y.mean().item<double>(), 1.0, 0.01);
  layer.eval();
  EXPECT_TRUE(at::equal(layer.forward({irreps, y}).data(), y));
  EXPECT_THROW(Dropout(1.0), Error);
}

// The control: an ordinary activation on vector components is not equivariant, and the error measure says so.
TEST(Equivariance, NoticesAnActivationOnComponents) {
  at::manual_seed(6);
  const Field x{Irreps("2x1o"), at::randn({4, 6}, at::kDouble)};
  const auto broken = [](const Field& v) { return Field(v.type(), at::silu(v.data())); };
  EXPECT_GE(verify::o3_errors(broken, x, 3, 1).rotation, laws::kControlFactor * laws::kEquivariance64);
  EXPECT_GE(verify::o3_errors(broken, x, 3, 1).reflection, laws::kControlFactor * laws::kEquivariance64);
}

}  // namespace
}  // namespace coset::nn
