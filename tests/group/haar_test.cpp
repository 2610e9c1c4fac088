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

/// Points of R^2 x| R+ and of Sim(2) with their cells dx dln s (dtheta): where a bump of the plane is not yet 0.
template <class Visit>
void over_scales(const Visit& visit) {
  constexpr double plane = 0.4, logarithm = 0.15;
  for (int k = -16; k <= 16; ++k)
    for (int i = -24; i <= 24; ++i)
      for (int j = -24; j <= 24; ++j)
        visit(Vector<2>{i * plane, j * plane}, std::exp(k * logarithm), plane * plane * logarithm);
}

/// Integral of f against a density, which counts ds and not d(ln s), over R^2 x| R+.
template <class Density, class F>
double integral(const ScaleTranslation<2>&, const Density& density, const F& f) {
  double total = 0.0;
  over_scales([&](const Vector<2>& x, double s, double cell) {
    const ScaleTranslation<2>::Element g{x, s};
    total += f(g) * density(g) * s * cell;
  });
  return total;
}

/// The same over Sim(2), the angle in 16 steps.
template <class Density, class F>
double integral(const Sim2&, const Density& density, const F& f) {
  constexpr int turns = 16;
  double total = 0.0;
  over_scales([&](const Vector<2>& x, double s, double cell) {
    for (int r = 0; r < turns; ++r) {
      const Sim2::Element g{x, {wrap(2.0 * std::numbers::pi * r / turns), s}};
      total += f(g) * density(g) * s * cell / turns;
    }
  });
  return total;
}

double plane_bump(const Vector<2>& x, double s) {
  const double l = std::log(s);
  return std::exp(-(x[0] * x[0] + 0.7 * x[1] * x[1]) / 2.0 + 0.3 * x[0] - 6.0 * l * l);
}
double bump(const ScaleTranslation<2>::Element& g) {
  return plane_bump(g.x, g.h);
}
double bump(const Sim2::Element& g) {
  return plane_bump(g.x, g.h.scale) * std::exp(std::cos(g.h.turn - 0.4));
}

/// How far a density is from invariance under g -> a g and under g -> g a: |ratio of the integrals - 1|.
struct Variance {
  double left, right;
};
template <class G, class Density>
Variance variance(const G& group, const typename G::Element& a, const Density& density) {
  const double whole = integral(group, density, [](const auto& g) { return bump(g); });
  const double left = integral(group, density, [&](const auto& g) { return bump(group.product(a, g)); });
  const double right = integral(group, density, [&](const auto& g) { return bump(group.product(g, a)); });
  return {left / whole - 1.0, right / whole - 1.0};
}

template <class G>
void expect_haar_measures(const G& group, const typename G::Element& a, double scale) {
  const auto left_haar = [&](const auto& g) { return group.left_haar(g); };
  const auto right_haar = [&](const auto& g) { return group.left_haar(g) / group.modular(g); };
  const Variance left = variance(group, a, left_haar), right = variance(group, a, right_haar);
  const double control = laws::kControlFactor * laws::kGroupLaw;
  EXPECT_NEAR(left.left, 0.0, laws::kGroupLaw);
  EXPECT_NEAR(right.right, 0.0, laws::kGroupLaw);
  // int f(g a) d mu = Delta(a)^-1 int f d mu, and the other way round for the right measure
  EXPECT_NEAR(left.right + 1.0, 1.0 / group.modular(a), laws::kGroupLaw);
  EXPECT_NEAR(right.left + 1.0, group.modular(a), laws::kGroupLaw);
  EXPECT_NEAR(group.modular(a), 1.0 / (scale * scale), laws::kGroupLaw);
  // the controls: each is not the other, and ds / s^2 is neither
  EXPECT_GT(std::abs(left.right), control);
  EXPECT_GT(std::abs(right.left), control);
  const auto between = [&](const auto& g) { return group.left_haar(g) / std::sqrt(group.modular(g)); };
  const Variance neither = variance(group, a, between);
  EXPECT_GT(std::abs(neither.left), control);
  EXPECT_GT(std::abs(neither.right), control);
}

TEST(Haar, ScalingsOfThePlaneLeftAndRight) {
  expect_haar_measures(ScaleTranslation<2>(), {{0.2, -0.15}, 1.3}, 1.3);
}

TEST(Haar, SimilaritiesOfThePlaneLeftAndRight) {
  expect_haar_measures(Sim2(), {{0.2, -0.15}, {0.9, 1.3}}, 1.3);
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
