#include "coset/nn/grid/fourier.h"

#include <gtest/gtest.h>

#include "coset/nn/fourier_activation.h"
#include "coset/nn/gate.h"
#include "coset/nn/norm_activation.h"
#include "coset/verify/equivariance.h"
#include "tests/laws/regular_laws.h"

namespace coset::nn {
namespace {

using field::Field;
using field::FieldType;
using field::shared_grid;
using laws::lattice_error;
using laws::random_field;

TEST(FieldNonlinearity, NormAndGateAreEquivariant) {
  for (const char* text : {"c8", "d4"}) {
    const auto grid = shared_grid(text);
    const FieldType type(
        grid,
        {{rep::planar_irrep(*grid, 1), 2}, {rep::trivial_representation(*grid), 1}, {rep::planar_irrep(*grid, 2), 1}});
    NormActivation norm(type, NormActivationOptions::threshold());
    norm.to(at::kDouble);
    norm.bias.data().copy_(at::randn({4}, at::kDouble));
    EXPECT_LE(lattice_error([&](const Field& f) { return norm.forward(f); }, random_field(type, 5)),
              laws::kEquivariance64);
    const Gate gate(type);
    EXPECT_LE(lattice_error([&](const Field& f) { return gate.forward(f); }, random_field(gate.in(), 5)),
              laws::kEquivariance64);
    const auto pointwise = [&](const Field& f) { return Field(type, at::relu(f.data())); };
    EXPECT_GE(lattice_error(pointwise, random_field(type, 5)), laws::kControlFactor * laws::kEquivariance64)
        << "the control";
  }
}

TEST(FieldNonlinearity, NormHasFiniteGradientsAtZero) {
  const auto c8 = shared_grid("c8");
  NormActivation norm(FieldType(c8, {{rep::planar_irrep(*c8, 1), 1}}), NormActivationOptions::threshold());
  const Tensor zero = at::zeros({1, 2, 2, 2}).requires_grad_(true);
  norm.forward({FieldType(c8, {{rep::planar_irrep(*c8, 1), 1}}), zero}).data().sum().backward();
  EXPECT_TRUE(at::isfinite(zero.grad()).all().item<bool>());
}

TEST(FieldNonlinearity, FourierIsEquivariantAndBandLimited) {
  for (const char* text : {"c8", "d4"}) {
    const FourierActivation layer(shared_grid(text), 2, 2);
    EXPECT_LE(lattice_error([&](const Field& f) { return layer.forward(f); }, random_field(layer.in(), 5)),
              laws::kEquivariance64);
  }
  EXPECT_EQ(fourier_type(shared_grid("c16"), 3, 2).channels(), 15);  // 1 + 2 + 2 numbers a field
  EXPECT_EQ(fourier_type(shared_grid("d16"), 1, 1).channels(), 6);   // two one-dimensional irreps, the vector twice
}

TEST(FieldNonlinearity, FourierTransformCommutesAndInverts) {
  for (const char* text : {"c8", "c5", "d4"}) {
    const auto f = random_field(FieldType::regular(shared_grid(text), 2), 5);
    EXPECT_LE(verify::relative_error(to_regular(to_irreps(f)).data(), f.data()), laws::kEquivariance64);
    EXPECT_LE(lattice_error(to_irreps, f), laws::kEquivariance64) << text;
    EXPECT_NEAR(to_irreps(f).data().norm().item<double>(), f.data().norm().item<double>(), laws::kGolden64)
        << "Parseval";
  }
}

/// Field `u` of a block: (B, dim, X...).
Tensor one_field(const Field& f, std::size_t block, std::int64_t u) {
  return f.block(block).select(1, u);
}

// Every field its own bias, every field that is not trivial its own gate, in the order of the fields.
TEST(FieldNonlinearity, NormAndGateAreTheirFormulas) {
  const auto grid = shared_grid("c8");
  const FieldType type(
      grid,
      {{rep::planar_irrep(*grid, 1), 2}, {rep::trivial_representation(*grid), 2}, {rep::planar_irrep(*grid, 2), 1}});
  NormActivation norm(type, NormActivationOptions::threshold());
  norm.to(at::kDouble);
  norm.bias.data().copy_(at::tensor({-0.8, 0.3, -0.2, 0.4, -0.5}, at::kDouble));
  const Gate gate(type, ops::Activation::tanh);
  const Field x = random_field(type, 5), gated = random_field(gate.in(), 5);
  const Field y = norm.forward(x), z = gate.forward(gated);
  std::int64_t field = 0, gates = 0;
  for (std::size_t block = 0; block < 3; ++block)
    for (std::int64_t u = 0; u < type.blocks()[block].fields; ++u, ++field) {
      const Tensor v = one_field(x, block, u), b = norm.bias[field];
      const Tensor length = v.norm(2, at::IntArrayRef{1}, true);
      const Tensor activated = block == 1 ? at::relu(v + b) : v / length * at::relu(length + b);
      EXPECT_LE(verify::relative_error(one_field(y, block, u), activated), laws::kGolden64) << field;
      const Tensor w = one_field(gated, block, u);
      const Tensor passed = block == 1 ? at::tanh(w) : w * at::sigmoid(one_field(gated, 3, gates++));
      EXPECT_LE(verify::relative_error(one_field(z, block, u), passed), laws::kAlgebra) << field;
    }
  EXPECT_EQ(gates, 3);
}

}  // namespace
}  // namespace coset::nn
