#include "coset/nn/fourier_activation.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/verify/equivariance.h"
#include "tests/golden/tensors.h"
#include "tests/laws/tolerance.h"

namespace coset::nn {
namespace {

using field::Field;
using rep::Irreps;

TEST(S2Activation, MatchesE3nn) {
  const golden::Tensors golden("steerable_layers.npz");
  const FourierActivation layer(Irreps::spherical_harmonics(3),
                                {.activation = ops::Activation::tanh, .res_beta = 20, .res_alpha = 19});
  const Field x{Irreps::spherical_harmonics(3), golden("s2act_x")};
  EXPECT_LE(verify::relative_error(layer.forward(x).data(), golden("s2act_out")), laws::kGolden64);
}

TEST(S2Activation, EquivarianceErrorFallsWithResolution) {
  const Irreps irreps = Irreps::spherical_harmonics(2);
  at::manual_seed(3);
  const Field x{irreps, at::randn({4, irreps.dim()}, at::kDouble)};
  double previous = 1.0;
  for (const int res : {6, 12, 24, 48}) {
    const FourierActivation layer(irreps, {.activation = ops::Activation::tanh, .res_beta = res});
    const auto f = [&](const Field& v) { return layer.forward(v); };
    const double error = verify::o3_errors(f, x, 5, 2).rotation;
    EXPECT_LT(error, previous / 4) << res;
    previous = error;
  }
}

TEST(S2Activation, RefusesOtherSignals) {
  EXPECT_THROW(FourierActivation(Irreps("2x0e+1x1o"), SphereActivationOptions()), Error);
  EXPECT_THROW(FourierActivation(Irreps("1x0e+1x2e"), SphereActivationOptions()), Error);
  EXPECT_THROW(FourierActivation(Irreps(""), SphereActivationOptions()), Error);
  EXPECT_THROW(FourierActivation(Irreps("1x0o+1x1e"), SphereActivationOptions()),
               Error);  // SiLU is neither even nor odd
  EXPECT_EQ(FourierActivation(Irreps("1x0o+1x1e"), {.activation = ops::Activation::abs}).out().to_string(),
            "1x0e+1x1o");
}

}  // namespace
}  // namespace coset::nn
