/// The laws of groups with an exponential map, beside those of every group: a line in tests/group/laws_test.cpp too.
#pragma once

#include "tests/laws/group_laws.h"
#include "tests/laws/haar_laws.h"

namespace coset::laws {

/// Random algebra coordinates of norm `size`: inside the injectivity radius when size < pi.
template <std::size_t D>
std::array<double, D> random_algebra(NumpyRandom& random, double size) {
  std::array<double, D> v;
  for (double& entry : v) entry = random.normal();
  const double factor = size / group::norm(v);
  for (double& entry : v) entry *= factor;
  return v;
}

/// log exp v = v and exp log exp v = exp v, from nearly the identity to almost half a turn.
template <group::LieGroup G>
double exp_log_error(const G& g) {
  NumpyRandom random(8);
  double error = distance(g.log(g.identity()), group::Vector<G::kAlgebra>{});
  for (double size : {1e-12, 1e-8, 1e-4, 1e-2, 0.3, 0.49, 0.51, 0.99, 1.01, 2.0, 3.1, 3.14159})
    for (int draw = 0; draw < 20; ++draw) {
      const auto v = random_algebra<static_cast<std::size_t>(G::kAlgebra)>(random, size);
      const auto back = g.log(g.exp(v));
      error = std::max({error, distance(back, v), apart(g, g.exp(back), g.exp(v))});
    }
  return error;
}

/// exp((s + t) v) = exp(s v) exp(t v).
template <group::LieGroup G>
double one_parameter_error(const G& g) {
  NumpyRandom random(9);
  double error = 0.0;
  for (int draw = 0; draw < kDraws; ++draw) {
    const auto v = random_algebra<static_cast<std::size_t>(G::kAlgebra)>(random, 1.3);
    const auto times = [&](double t) {
      auto scaled = v;
      for (double& entry : scaled) entry *= t;
      return g.exp(scaled);
    };
    error = worse(error, apart(g, times(0.7), g.product(times(0.9), times(-0.2))));
  }
  return error;
}

/// d(ca, cb) = d(a, b) = d(b, a).
template <group::LieGroup G>
double distance_error(const G& g) {
  NumpyRandom random(10);
  double error = 0.0;
  for (int draw = 0; draw < kDraws; ++draw) {
    constexpr auto n = static_cast<std::size_t>(G::kAlgebra);
    const auto a = g.exp(random_algebra<n>(random, 1.0)), b = g.exp(random_algebra<n>(random, 1.5));
    const auto c = g.random(random);
    const double ab = group::log_distance(g, a, b);
    error = worse(error, std::abs(ab - group::log_distance(g, b, a)));
    error = worse(error, std::abs(ab - group::log_distance(g, g.product(c, a), g.product(c, b))));
  }
  return error;
}

/// What a group with an exponential map obeys besides; finite groups have no such laws and do not compile here.
template <class Case>
class LieGroupLaws : public ::testing::Test {
  static_assert(group::LieGroup<std::decay_t<decltype(Case::group())>>);
};
TYPED_TEST_SUITE_P(LieGroupLaws);

TYPED_TEST_P(LieGroupLaws, Exponential) {
  const auto g = TypeParam::group();
  EXPECT_LE(exp_log_error(g), kGroupLaw) << g.name();
  EXPECT_LE(one_parameter_error(g), kGroupLaw) << g.name();
  EXPECT_LE(distance_error(g), kGroupLaw) << g.name();
}

TYPED_TEST_P(LieGroupLaws, HaarMeasure) {
  const auto g = TypeParam::group();
  EXPECT_LE(left_haar_error(g), kGradient) << g.name();
  EXPECT_LE(modular_difference_error(g), kGradient) << g.name();
}

REGISTER_TYPED_TEST_SUITE_P(LieGroupLaws, Exponential, HaarMeasure);

}  // namespace coset::laws
