/// The laws of a group: a new group is one line in tests/group/laws_test.cpp.
///
/// Each law is a function that returns its worst violation over random elements, so that the same code judges the
/// groups (TYPED_TEST) and the broken groups of tests/laws/broken.h, which must miss by kControlFactor.
#pragma once

#include <gtest/gtest.h>

#include "coset/base/worse.h"
#include "coset/group/group.h"
#include "tests/laws/tolerance.h"

namespace coset::laws {

inline constexpr int kDraws = 50;

/// A group without parameters.
template <class G>
struct Plain {
  static G group() { return G{}; }
};
/// A group that takes its order.
template <class G, int N>
struct Order {
  static G group() { return G(N); }
};

template <group::Group G>
using ElementOf = typename G::Element;

template <group::Group G>
double apart(const G& g, const ElementOf<G>& a, const ElementOf<G>& b) {
  return distance(g.matrix(a).entries, g.matrix(b).entries);
}

/// Worst of law(a, b, c, x) over random elements a, b, c and points x.
template <group::Group G, class Law>
double worst(const G& g, std::uint32_t seed, Law law) {
  NumpyRandom random(seed);
  double error = 0.0;
  for (int draw = 0; draw < kDraws; ++draw) {
    const auto a = g.random(random), b = g.random(random), c = g.random(random);
    group::Vector<G::kSpace> x;
    for (double& entry : x) entry = random.normal();
    error = worse(error, law(a, b, c, x));
  }
  return error;
}

template <group::Group G>
double associativity_error(const G& g) {
  return worst(g, 1, [&](auto a, auto b, auto c, auto) {
    return apart(g, g.product(g.product(a, b), c), g.product(a, g.product(b, c)));
  });
}

template <group::Group G>
double identity_error(const G& g) {
  const auto e = g.identity();
  return worst(g, 2, [&](auto a, auto, auto, auto x) {
    return std::max({apart(g, g.product(a, e), a), apart(g, g.product(e, a), a), distance(g.act(e, x), x)});
  });
}

template <group::Group G>
double inverse_error(const G& g) {
  return worst(g, 3, [&](auto a, auto, auto, auto) {
    return std::max(apart(g, g.product(a, g.inverse(a)), g.identity()),
                    apart(g, g.product(g.inverse(a), a), g.identity()));
  });
}

template <group::Group G>
double homomorphism_error(const G& g) {
  return worst(g, 4, [&](auto a, auto b, auto, auto) {
    return distance(g.matrix(g.product(a, b)).entries, (g.matrix(a) * g.matrix(b)).entries);
  });
}

template <group::Group G>
double action_error(const G& g) {
  return worst(
      g, 5, [&](auto a, auto b, auto, auto x) { return distance(g.act(g.product(a, b), x), g.act(a, g.act(b, x))); });
}

/// L_a L_b f = L_ab f for f(x) = cos(x_0 + 2 x_1 + ...) exp(-|x|^2/4), L_a f(x) = f(a^-1 x).
template <group::Group G>
double left_regular_error(const G& g) {
  const auto f = [](const auto& x) {
    double phase = 0.3, squares = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) phase += static_cast<double>(i + 1) * x[i], squares += x[i] * x[i];
    return std::cos(phase) * std::exp(-squares / 4.0);
  };
  return worst(g, 6, [&](auto a, auto b, auto, auto x) {
    const auto lb_f = [&](const auto& y) { return f(g.act(g.inverse(b), y)); };
    return std::abs(lb_f(g.act(g.inverse(a), x)) - f(g.act(g.inverse(g.product(a, b)), x)));
  });
}

/// Delta(ab) = Delta(a) Delta(b), relative to the value.
template <group::Group G>
double modular_error(const G& g) {
  return worst(g, 7, [&](auto a, auto b, auto, auto) {
    const double whole = g.modular(g.product(a, b));
    return std::abs(whole - g.modular(a) * g.modular(b)) / std::max(1.0, std::abs(whole));
  });
}

template <class Case>
class GroupLaws : public ::testing::Test {};
TYPED_TEST_SUITE_P(GroupLaws);

TYPED_TEST_P(GroupLaws, Axioms) {
  const auto g = TypeParam::group();
  EXPECT_LE(associativity_error(g), kGroupLaw) << g.name();
  EXPECT_LE(identity_error(g), kGroupLaw) << g.name();
  EXPECT_LE(inverse_error(g), kGroupLaw) << g.name();
}

TYPED_TEST_P(GroupLaws, ActionAndRepresentations) {
  const auto g = TypeParam::group();
  EXPECT_LE(homomorphism_error(g), kGroupLaw) << g.name();
  EXPECT_LE(action_error(g), kGroupLaw) << g.name();
  EXPECT_LE(left_regular_error(g), kGroupLaw) << g.name();
  EXPECT_LE(modular_error(g), kGroupLaw) << g.name();
}

REGISTER_TYPED_TEST_SUITE_P(GroupLaws, Axioms, ActionAndRepresentations);

}  // namespace coset::laws
