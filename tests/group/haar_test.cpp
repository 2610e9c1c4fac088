/// Haar measure and modular function by quadrature: smooth bumps, for which the trapezoidal rule converges to rounding.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "coset/group/affine.h"
#include "tests/laws/tolerance.h"

namespace coset::group {
namespace {

constexpr double kStep = 0.2;
constexpr int kReach = 40;

/// A bump on R^1 x| R+, Gaussian in x and ln s.
double bump(const ScaleTranslation<1>::Element& g) {
  const double l = std::log(g.h);
  return std::exp(-g.x[0] * g.x[0] / 2.0 + 0.3 * g.x[0] - 3.0 * l * l);
}

/// Integral of f against the left Haar measure of R^1 x| R+; ds = s d(ln s).
template <class F>
double integral_scale(const F& f) {
  const ScaleTranslation<1> group;
  double total = 0.0;
  for (int i = -kReach; i <= kReach; ++i)
    for (int j = -3 * kReach; j <= 3 * kReach; ++j) {
      const double s = std::exp(i * kStep / 2.0);
      const ScaleTranslation<1>::Element g{{j * kStep}, s};
      total += f(g) * group.left_haar(g) * s;
    }
  return total * kStep * kStep / 2.0;
}

TEST(Haar, ScaleTranslationIsLeftInvariantAndTurnsByItsModularFunction) {
  const ScaleTranslation<1> group;
  const ScaleTranslation<1>::Element a{{0.7}, 1.6};
  const double whole = integral_scale(bump);
  const double left = integral_scale([&](const auto& g) { return bump(group.product(a, g)); });
  const double right = integral_scale([&](const auto& g) { return bump(group.product(g, a)); });
  EXPECT_NEAR(left / whole, 1.0, laws::kGroupLaw);
  // int f(g a) d mu = Delta(a^-1) int f d mu
  EXPECT_NEAR(right / whole, group.modular(group.inverse(a)), laws::kGroupLaw);
  EXPECT_GT(std::abs(right / whole - 1.0), laws::kControlFactor * laws::kGroupLaw) << "the group is not unimodular";
}

/// Integral over SE(2) or Sim(2) slices: x on a lattice, angle uniform.
template <class F>
double integral_se2(const F& f) {
  double total = 0.0;
  constexpr int turns = 24;
  for (int r = 0; r < turns; ++r)
    for (int i = -kReach; i <= kReach; ++i)
      for (int j = -kReach; j <= kReach; ++j)
        total += f(SE2::Element{{i * kStep, j * kStep}, 2.0 * std::numbers::pi * r / turns});
  return total * kStep * kStep / turns;
}

TEST(Haar, PlanarMotionsAreUnimodular) {
  const SE2 group;
  const auto f = [](const SE2::Element& g) {
    return std::exp(-g.x[0] * g.x[0] - 0.5 * g.x[1] * g.x[1] + 0.2 * g.x[0] + std::cos(g.h - 0.4));
  };
  const SE2::Element a{{0.5, -0.3}, 0.9};
  const double whole = integral_se2(f);
  EXPECT_NEAR(integral_se2([&](const auto& g) { return f(group.product(a, g)); }) / whole, 1.0, laws::kGroupLaw);
  EXPECT_NEAR(integral_se2([&](const auto& g) { return f(group.product(g, a)); }) / whole, 1.0, laws::kGroupLaw);
  EXPECT_EQ(group.modular(a), 1.0);
}

TEST(Haar, DensitiesAreThoseOfTheSpecification) {
  const double s = 1.7;
  EXPECT_NEAR(ScaleTranslation<2>().left_haar({{0.1, 0.2}, s}), 1.0 / (s * s * s), laws::kGroupLaw);
  EXPECT_NEAR(ScaleTranslation<2>().modular({{0.1, 0.2}, s}), 1.0 / (s * s), laws::kGroupLaw);
  EXPECT_NEAR(ScaleTranslation<3>().left_haar({{0.1, 0.2, 0.3}, s}), std::pow(s, -4), laws::kGroupLaw);
  EXPECT_NEAR(Sim2().left_haar({{0.1, 0.2}, {0.3, s}}), 1.0 / (s * s * s), laws::kGroupLaw);
  EXPECT_NEAR(Sim2().modular({{0.1, 0.2}, {0.3, s}}), 1.0 / (s * s), laws::kGroupLaw);
}

}  // namespace
}  // namespace coset::group
