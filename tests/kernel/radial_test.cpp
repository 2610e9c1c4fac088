#include "coset/kernel/radial.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "coset/base/error.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"

namespace coset::kernel {
namespace {

using laws::distance;
using laws::kGolden64;
using laws::kGradient;

constexpr RadialBasis kAll[] = {RadialBasis::gaussian, RadialBasis::cosine, RadialBasis::smooth_finite,
                                RadialBasis::fourier, RadialBasis::bessel};

std::vector<RadialValue> at(const RadialEmbedding& embedding, double x) {
  std::vector<RadialValue> out(embedding.number);
  evaluate(embedding, x, out);
  return out;
}

// f' and f'' against central differences of f and f'.
void expect_derivatives(const RadialValue& f, const RadialValue& above, const RadialValue& below, double step) {
  const double first = (above.value - below.value) / (2 * step);
  const double second = (above.first - below.first) / (2 * step);
  EXPECT_LT(distance(std::vector{f.first, f.second}, std::vector{first, second}), kGradient);
}

// Source: e3nn 0.5.1 soft_one_hot_linspace(start 0, end 2, number 6); bessel at r + 1e-3.
TEST(Radial, EmbeddingsMatchE3nn) {
  const golden::E3nn e3nn("radial");
  const auto r = e3nn["radial_r"];
  for (const RadialBasis basis : kAll)
    for (const bool cutoff : {true, false}) {
      const auto expected = e3nn["soft_one_hot_" + to_string(basis) + (cutoff ? "_cut" : "_nocut")];
      std::vector<double> ours;
      for (const double x : r)
        for (const auto& f : at({0.0, 2.0, 6, basis, cutoff}, basis == RadialBasis::bessel ? x + 1e-3 : x))
          ours.push_back(f.value);
      EXPECT_LT(distance(ours, expected), kGolden64) << to_string(basis) << cutoff;
    }
}

// Source: e3nn 0.5.1 soft_unit_step at linspace(-1, 3, 21).
TEST(Radial, SoftUnitStepMatchesE3nn) {
  std::vector<double> ours;
  for (int i = 0; i <= 20; ++i) ours.push_back(soft_unit_step(-1.0 + 0.2 * i).value);
  EXPECT_LT(distance(ours, golden::E3nn("radial")["soft_unit_step"]), kGolden64);
  for (const double t : {0.0, 1e-300, 1e-3, -1.0}) {
    const RadialValue f = soft_unit_step(t);
    EXPECT_EQ(f.value + f.first + f.second, 0.0) << t;
  }
}

TEST(Radial, DerivativesAreThoseOfTheValues) {
  const double step = 1e-5;
  for (const RadialBasis basis : kAll)
    for (const bool cutoff : {true, false})
      for (const double x : {0.5003, 0.61, 1.1, 2.03, 2.4}) {
        const RadialEmbedding embedding{0.5, 2.5, 4, basis, cutoff};
        const auto f = at(embedding, x);
        const auto above = at(embedding, x + step);
        const auto below = at(embedding, x - step);
        for (int i = 0; i < 4; ++i) expect_derivatives(f[i], above[i], below[i], step);
      }
  for (const double p : {2.0, 3.0, 5.0, 6.0})
    for (const double r : {0.1, 1.0, 2.9})
      expect_derivatives(polynomial_cutoff(r, 3.0, p), polynomial_cutoff(r + step, 3.0, p),
                         polynomial_cutoff(r - step, 3.0, p), step);
}

TEST(Radial, PolynomialCutoffEndsSmoothly) {
  EXPECT_EQ(polynomial_cutoff(0.0, 5.0).value, 1.0);
  EXPECT_EQ(polynomial_cutoff(0.0, 5.0).first, 0.0);
  EXPECT_DOUBLE_EQ(polynomial_cutoff(2.5, 5.0).value, 1 - 28 / 64.0 + 48 / 128.0 - 21 / 256.0);
  const RadialValue last = polynomial_cutoff(5.0 * (1 - 1e-9), 5.0);
  EXPECT_NEAR(last.value, 0.0, kGradient);
  EXPECT_NEAR(last.first, 0.0, kGradient);
  EXPECT_NEAR(last.second, 0.0, kGradient);
  EXPECT_EQ(polynomial_cutoff(5.0, 5.0).value, 0.0);
  EXPECT_EQ(polynomial_cutoff(9.0, 5.0).second, 0.0);
}

TEST(Radial, BesselIsFiniteAtZeroAndContinuousThere) {
  const RadialEmbedding embedding{0.0, 2.0, 3, RadialBasis::bessel, false};
  const auto zero = at(embedding, 0.0);
  const auto near = at(embedding, 1e-9);
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(zero[i].value, (i + 1) * M_PI / 2, laws::kAlgebra);
    EXPECT_NEAR(zero[i].first, 0.0, laws::kAlgebra);
    EXPECT_NEAR(zero[i].second, near[i].second, kGradient);
  }
}

TEST(Radial, RefusesEmptyRangesAndUnknownNames) {
  std::vector<RadialValue> out(1);
  EXPECT_THROW(evaluate({1.0, 1.0, 1}, 0.5, out), Error);
  EXPECT_THROW(evaluate({0.0, 1.0, 2}, 0.5, out), Error);
  EXPECT_THROW(evaluate({0.0, 1.0, 1, RadialBasis::gaussian, false}, 0.5, out), Error);
  EXPECT_THROW(polynomial_cutoff(1.0, 0.0), Error);
  EXPECT_EQ(parse_radial_basis("smooth_finite"), RadialBasis::smooth_finite);
  try {
    parse_radial_basis("bessle");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'bessel'?"), std::string::npos);
  }
}

}  // namespace
}  // namespace coset::kernel
