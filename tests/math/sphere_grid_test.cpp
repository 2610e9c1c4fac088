#include "coset/math/sphere_grid.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"

namespace coset::math {
namespace {

using laws::distance;
using laws::kAlgebra;

// Source: e3nn 0.5.1 s2_grid(14, 13) and its quadrature weights.
TEST(SphereGrid, MatchesE3nn) {
  const golden::E3nn e3nn("s2");
  const SphereGrid grid = sphere_grid(14, 13);
  EXPECT_LT(distance(grid.beta, e3nn["s2_betas"]), laws::kGolden64);
  EXPECT_LT(distance(grid.alpha, e3nn["s2_alphas"]), laws::kGolden64);
  auto weight = e3nn["s2_quadrature_b7"];
  for (double& w : weight) w *= 2.0 * 14 * 14;  // e3nn stores the weights of the SO(3) grid, w/(2 (2b)^2)
  EXPECT_LT(distance(grid.weight, weight), laws::kGolden64);
}

// Integral of cos^k beta sin beta d beta = 2/(k+1) for even k: exact up to degree N - 1, and no further.
TEST(SphereGrid, QuadratureIsExactBelowItsDegree) {
  for (const int n : {2, 4, 8, 14, 32}) {
    const SphereGrid grid = sphere_grid(n, 1);
    for (int k = 0; k <= n; ++k) {
      double sum = 0.0;
      for (int i = 0; i < n; ++i) sum += grid.weight[i] * std::pow(std::cos(grid.beta[i]), k);
      const double error = std::abs(sum - (k % 2 == 0 ? 2.0 / (k + 1) : 0.0));
      EXPECT_TRUE(k == n || error < kAlgebra) << n << " " << k << " " << error;
      const bool control = k == n && n <= 14;  // beyond, the error drowns in rounding
      EXPECT_TRUE(!control || error > laws::kControlFactor * kAlgebra) << n;
    }
  }
}

TEST(SphereGrid, RefusesOddAndEmptyGrids) {
  EXPECT_THROW(sphere_grid(7, 3), Error);
  EXPECT_THROW(sphere_grid(0, 3), Error);
  EXPECT_THROW(sphere_grid(4, 0), Error);
}

}  // namespace
}  // namespace coset::math
