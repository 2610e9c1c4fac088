#include "coset/compute/gate.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/compute/numeric.h"

namespace coset::compute {
namespace {

using tests::inner;
using tests::numeric_gradient;
using tests::random_values;
using Values = std::vector<double>;

const GateShape kShape{3, {{2, {1, -1}}, {1, {2, 1}}}};

Values forward(const Values& x) {
  Values z(static_cast<std::size_t>(2 * kShape.output_dim()));
  gate(kShape, 2, x.data(), z.data());
  return z;
}

Values backward(const Values& x, const Values& gz) {
  Values gx(x.size());
  gate_backward(kShape, 2, x.data(), gz.data(), gx.data());
  return gx;
}

TEST(Gate, MultipliesCopiesBySigmoidOfTheirGate) {
  auto x = random_values<double>(2 * kShape.input_dim(), 1);
  const auto z = forward(x);
  EXPECT_NEAR(z[0], kSiluSecondMoment * x[0] / (1 + std::exp(-x[0])), laws::kAlgebra);
  const double s = kSigmoidSecondMoment / (1 + std::exp(-x[4]));  // gate of the second vector
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(z[6 + i], s * x[9 + i], laws::kAlgebra);
}

TEST(Gate, Derivatives) {
  const auto x = random_values<double>(2 * kShape.input_dim(), 1);
  const auto g = random_values<double>(2 * kShape.output_dim(), 2);
  const auto h = random_values<double>(2 * kShape.input_dim(), 3);
  EXPECT_LT(
      laws::distance(backward(x, g), numeric_gradient([&](const Values& at) { return inner(forward(at), g); }, x)),
      laws::kGradient);
  Values ggz(g.size()), dx(x.size());
  gate_second<double>(kShape, 2, {x.data(), g.data(), h.data()}, ggz.data(), dx.data());
  const auto in_g = numeric_gradient([&](const Values& at) { return inner(backward(x, at), h); }, g);
  const auto in_x = numeric_gradient([&](const Values& at) { return inner(backward(at, g), h); }, x);
  EXPECT_LT(laws::distance(ggz, in_g), laws::kGradient);
  EXPECT_LT(laws::distance(dx, in_x), laws::kGradient);
  EXPECT_GT(laws::distance(backward(x, h), in_x), laws::kGradient * laws::kControlFactor);
}

TEST(Gate, FarArgumentsStayFinite) {
  const GateShape scalars{4, {}};
  const Values x{-1000, -80, 80, 1000}, g(4, 1.0);
  Values z(4), gx(4);
  gate(scalars, 1, x.data(), z.data());
  gate_backward(scalars, 1, x.data(), g.data(), gx.data());
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(std::isfinite(z[i]) && std::isfinite(gx[i]));
}

}  // namespace
}  // namespace coset::compute
