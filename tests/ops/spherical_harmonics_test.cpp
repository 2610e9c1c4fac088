#include "coset/ops/spherical_harmonics.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/verify/gradient_check.h"
#include "tests/laws/tolerance.h"

namespace coset::ops {
namespace {

TEST(SphericalHarmonics, DerivativesToSecondOrder) {
  at::manual_seed(3);
  const std::vector<Tensor> x{at::randn({4, 3}, at::kDouble)};
  for (const bool normalize : {true, false}) {
    const auto errors = verify::gradient_errors(
        [&](const std::vector<Tensor>& in) {
          return spherical_harmonics(in[0], 4, compute::HarmonicsNormalization::component, normalize);
        },
        x);
    EXPECT_LE(errors.first, laws::kGradient) << normalize;
    EXPECT_LE(errors.second, laws::kGradient) << normalize;
  }
}

TEST(SphericalHarmonics, GradientCheckNoticesAMissingFactor) {
  at::manual_seed(3);
  const std::vector<Tensor> x{at::randn({2, 3}, at::kDouble)};
  const auto errors = verify::gradient_errors(
      [](const std::vector<Tensor>& in) {
        const Tensor y = spherical_harmonics(in[0], 2);
        return y + 0.5 * (y.detach() - y);  // the value of y with half its derivative
      },
      x);
  EXPECT_GE(errors.first, laws::kControlFactor * laws::kGradient);
}

TEST(SphericalHarmonics, ZeroVectorIsSafe) {
  const Tensor x = at::zeros({1, 3}, at::kDouble).requires_grad_();
  const Tensor y = spherical_harmonics(x, 3);
  EXPECT_EQ(y.abs().sum().item<double>(), 1.0);
  EXPECT_EQ(torch::autograd::grad({y.sum()}, {x})[0].abs().sum().item<double>(), 0.0);
}

TEST(SphericalHarmonics, ValidatesItsInput) {
  EXPECT_THROW(spherical_harmonics(at::zeros({2, 2}), 1), Error);
  EXPECT_THROW(spherical_harmonics(at::zeros({2, 3}), -1), Error);
  EXPECT_EQ(spherical_harmonics(at::zeros({0, 3}), 2).size(1), 9);
}

}  // namespace
}  // namespace coset::ops
