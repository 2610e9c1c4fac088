#include "coset/nn/steerable/s2_activation.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/verify/equivariance.h"
#include "tests/golden/tensors.h"
#include "tests/laws/tolerance.h"

namespace coset::nn {
namespace {

using field::SteerableTensor;
using rep::Irreps;

TEST(S2Activation, MatchesE3nn) {
  const golden::Tensors golden("steerable_layers.npz");
  const S2Activation layer(Irreps::spherical_harmonics(3),
                           {.activation = ops::Activation::tanh, .res_beta = 20, .res_alpha = 19});
  const SteerableTensor x{Irreps::spherical_harmonics(3), golden("s2act_x")};
  EXPECT_LE(verify::relative_error(layer.forward(x).data(), golden("s2act_out")), laws::kGolden64);
}

TEST(S2Activation, EquivarianceErrorFallsWithResolution) {
  const Irreps irreps = Irreps::spherical_harmonics(2);
  at::manual_seed(3);
  const SteerableTensor x{irreps, at::randn({4, irreps.dim()}, at::kDouble)};
  double previous = 1.0;
  for (const int res : {6, 12, 24, 48}) {
    const S2Activation layer(irreps, {.activation = ops::Activation::tanh, .res_beta = res});
    const auto f = [&](const SteerableTensor& v) { return layer.forward(v); };
    const double error = verify::o3_errors(f, x, 5, 2).rotation;
    EXPECT_LT(error, previous / 4) << res;
    previous = error;
  }
}

TEST(S2Activation, RefusesOtherSignals) {
  EXPECT_THROW(S2Activation(Irreps("2x0e+1x1o"), {}), Error);
  EXPECT_THROW(S2Activation(Irreps("1x0e+1x2e"), {}), Error);
  EXPECT_THROW(S2Activation(Irreps(""), {}), Error);
  EXPECT_THROW(S2Activation(Irreps("1x0o+1x1e"), {}), Error);  // SiLU is neither even nor odd
  EXPECT_EQ(S2Activation(Irreps("1x0o+1x1e"), {.activation = ops::Activation::abs}).out().to_string(), "1x0e+1x1o");
}

}  // namespace
}  // namespace coset::nn
