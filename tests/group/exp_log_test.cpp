#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "coset/base/error.h"
#include "coset/group/affine.h"
#include "coset/group/small_angle.h"
#include "coset/io/npz.h"
#include "tests/laws/group_laws.h"

namespace coset::group {
namespace {

using laws::kGroupLaw;
using std::numbers::pi;

/// sum_k a^k / (k + shift)!: the oracle for exp (shift 0) and phi (shift 1).
template <int D>
Matrix<D> power_series(const Matrix<D>& a, int shift) {
  Matrix<D> term = Matrix<D>::identity(), total;
  for (int k = 0; k < 60; ++k) {
    total = total + term;
    term = (1.0 / (k + 1 + shift)) * (term * a);
  }
  return total;
}

template <class H>
void expect_exp_and_phi(const H& h, const Vector<H::kAlgebra>& v, const Matrix<H::kSpace>& hat_v) {
  EXPECT_LE(laws::distance(h.matrix(h.exp(v)).entries, power_series(hat_v, 0).entries), kGroupLaw) << h.name();
  EXPECT_LE(laws::distance(h.phi(v).entries, power_series(hat_v, 1).entries), kGroupLaw) << h.name();
}

TEST(ExpLog, ExpAndPhiAreTheirPowerSeries) {
  for (double t : {0.0, 1e-9, 0.3, -0.5, 1.7, 3.0}) {
    expect_exp_and_phi(SO2(), {t}, {{0, -t, t, 0}});
    expect_exp_and_phi(Scale<1>(), {t}, {{t}});
    expect_exp_and_phi(RotationScale(), {t, 0.4 * t}, {{0.4 * t, -t, t, 0.4 * t}});
    expect_exp_and_phi(SO3(), {0.2 * t, -0.7 * t, t}, hat({0.2 * t, -0.7 * t, t}));
  }
}

TEST(ExpLog, PlanarLogHasTheClosedForm) {  // v1 = h (x2 + x1 cot h), v2 = h (-x1 + x2 cot h), h = theta/2, on (x1, x2)
  const SE2 group;
  const SE2::Element g{{0.7, -1.3}, 2.2};
  const double h = 1.1, cot = 1.0 / std::tan(h);
  const Vector<3> expected{h * (g.x[1] + g.x[0] * cot), h * (-g.x[0] + g.x[1] * cot), 2.2};
  EXPECT_LE(laws::distance(group.log(g), expected), kGroupLaw);
}

TEST(ExpLog, SpatialLogHasTheClosedForm) {  // V^-1 = I - K/2 + (1/t^2)(1 - t sin t / (2 (1 - cos t))) K^2
  const SE3 group;
  const Vector<3> omega{0.4, -0.9, 0.3}, x{1.0, 2.0, -0.5};
  const double t = norm(omega);
  const Matrix<3> k = hat(omega);
  const double c = (1.0 - t * std::sin(t) / (2.0 * (1.0 - std::cos(t)))) / (t * t);
  const auto v = (Matrix<3>::identity() + -0.5 * k + c * (k * k)) * x;
  const auto log = group.log({x, SO3().exp(omega)});
  EXPECT_LE(laws::distance(log, std::array{v[0], v[1], v[2], omega[0], omega[1], omega[2]}), kGroupLaw);
}

/// LieConv writes the linear part of the algebra first; ours stands last.
template <class G>
void expect_lieconv(const G& g, const std::string& name, std::size_t linear_part) {
  const auto golden = io::load_npz(COSET_GOLDEN_DIR "/lieconv.npz");
  const auto a = golden.at(name + "_a").as_doubles(), exp = golden.at(name + "_exp").as_doubles();
  const auto log = golden.at(name + "_log_exp").as_doubles();
  constexpr auto n = static_cast<std::size_t>(G::kAlgebra);
  for (std::size_t row = 0; row < 8; ++row) {
    Vector<G::kAlgebra> v, expected_log;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t ours = (i + n - linear_part) % n;
      v[ours] = a[row * n + i];
      expected_log[ours] = log[row * n + i];
    }
    const auto element = g.exp(v);
    const auto matrix = g.matrix(element).entries;
    const std::vector<double> expected(exp.begin() + static_cast<std::ptrdiff_t>(row * matrix.size()),
                                       exp.begin() + static_cast<std::ptrdiff_t>((row + 1) * matrix.size()));
    EXPECT_LE(laws::distance(matrix, expected), laws::kGolden64) << name << " " << row;
    EXPECT_LE(laws::distance(g.log(element), expected_log), laws::kGolden64) << name << " " << row;
  }
}

TEST(ExpLog, AgreesWithLieConv) {
  expect_lieconv(SO2(), "SO2", 1);
  expect_lieconv(SO3(), "SO3", 3);
  expect_lieconv(SE2(), "SE2", 1);
  expect_lieconv(SE3(), "SE3", 3);
}

TEST(ExpLog, HalfTurnsKeepTheirAxis) {
  const SO3 group;
  for (double angle : {pi, pi - 1e-9, pi - 1e-4}) {
    const Vector<3> axis{2.0 / 7.0, -3.0 / 7.0, 6.0 / 7.0};
    const auto log = group.log(group.exp({angle * axis[0], angle * axis[1], angle * axis[2]}));
    EXPECT_NEAR(norm(log), angle, kGroupLaw);
    EXPECT_NEAR(std::abs(log[0] * axis[0] + log[1] * axis[1] + log[2] * axis[2]), angle, kGroupLaw);
  }
  EXPECT_NEAR(SO2().log(SO2().exp({pi}))[0], -pi, kGroupLaw);
}

TEST(ExpLog, SmallScalesKeepTheirDigits) {
  for (double s : {1e-10, 1e-5, 1.0 - 1e-10, 1.0 + 1e-10, 1e10}) {
    const double error = laws::kAlgebra * std::abs(std::log(s));
    EXPECT_NEAR(Scale<2>().log(s)[0], std::log(s), error) << s;
    EXPECT_NEAR(RotationScale().log({0.3, s})[1], std::log(s), error) << s;
  }
  EXPECT_NEAR(Scale<1>().log(Scale<1>().exp({-20.0}))[0], -20.0, laws::kAlgebra);
}

TEST(ExpLog, ReflectionsHaveNoLogarithm) {
  EXPECT_THROW(O2().log({1, 0.3}), Error);
  EXPECT_THROW(O3().log(Matrix<3>::diagonal(-1.0)), Error);
  EXPECT_THROW(E2().log({{0.0, 0.0}, {1, 0.0}}), Error);
}

/// Central differences of f at t: first and second derivative.
template <class F>
std::array<double, 2> derivatives(F f, double t, double step) {
  return {(f(t + step) - f(t - step)) / (2 * step), (f(t + step) - 2 * f(t) + f(t - step)) / (step * step)};
}

TEST(SmallAngle, ValueAndTwoDerivativesAgreeWithTheSeriesThroughZero) {
  // t -> sin(t)/t etc. are even: first derivative 0, second -1/3, -1/12, -1/60 at 0
  const auto at_zero = [](auto f, double value, double second) {
    const auto of_angle = [&](double t) { return f(t * t); };
    const auto d = derivatives(of_angle, 0.0, 1e-3);
    EXPECT_NEAR(f(0.0), value, kGroupLaw);
    EXPECT_NEAR(d[0], 0.0, laws::kGradient);
    EXPECT_NEAR(d[1], second, laws::kGradient);
  };
  at_zero(sin_over, 1.0, -1.0 / 3.0);
  at_zero(one_minus_cos_over, 0.5, -1.0 / 12.0);
  at_zero(minus_sin_over, 1.0 / 6.0, -1.0 / 60.0);
  at_zero([](double q) { return half_angle_over(q, std::sqrt(1.0 - q)); }, 1.0, 1.0 / 3.0);
  const auto d = derivatives([](double x) { return expm1_over(x); }, 0.0, 1e-3);
  EXPECT_NEAR(d[0], 0.5, laws::kGradient);
  EXPECT_NEAR(d[1], 1.0 / 3.0, laws::kGradient);
}

TEST(SmallAngle, MirroredRootsOfUnityShareTheirBits) {
  for (long long n : {1, 2, 3, 4, 8, 12, 16, 24, 40})
    for (long long k = 0; k < n; ++k) {
      const auto [cosine, sine] = unit_root(k, n);
      const auto below = unit_root(-k, n);
      EXPECT_EQ(cosine, below.cosine) << k << " of " << n;
      EXPECT_EQ(sine, -below.sine) << k << " of " << n;
      if (n % 4 != 0) continue;
      const auto across = unit_root(n / 4 - k, n);  // about the diagonal
      EXPECT_EQ(cosine, across.sine) << k << " of " << n;
      EXPECT_EQ(sine, across.cosine) << k << " of " << n;
    }
}

TEST(SmallAngle, BranchesMeet) {
  for (double t : {0.0624, 0.0626, 0.2499, 0.2501, 0.4999, 0.5001, 0.9999, 1.0001}) {
    EXPECT_NEAR(sin_over(t * t), std::sin(t) / t, laws::kAlgebra);
    EXPECT_NEAR(one_minus_cos_over(t * t), (1.0 - std::cos(t)) / (t * t), laws::kAlgebra);
    EXPECT_NEAR(half_angle_over(std::sin(t) * std::sin(t), std::cos(t)), t / std::sin(t), laws::kAlgebra);
    const std::complex<double> z(0.3 * t, t);
    EXPECT_LE(std::abs(expm1_over(z) - (std::exp(z) - 1.0) / z), laws::kAlgebra);
  }
  EXPECT_NEAR(minus_sin_over(0.999999), minus_sin_over(1.000001), 1e-7);
  EXPECT_NEAR(minus_sin_over(1.44), (1.2 - std::sin(1.2)) / 1.728, laws::kAlgebra);
}

TEST(ExpLog, LogIsTwiceDifferentiableAtTheIdentity) {
  // along the curve exp(t a) exp(t b): d/dt log = a + b, d2/dt2 log = [a, b] (Baker-Campbell-Hausdorff)
  const SO3 group;
  const Vector<3> a{0.3, -0.2, 0.5}, b{-0.4, 0.1, 0.7};
  const auto bracket = hat(a) * b;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto component = [&](double t) {
      return group.log(
          group.product(group.exp({t * a[0], t * a[1], t * a[2]}), group.exp({t * b[0], t * b[1], t * b[2]})))[i];
    };
    const auto d = derivatives(component, 0.0, 1e-3);
    EXPECT_NEAR(d[0], a[i] + b[i], laws::kGradient);
    EXPECT_NEAR(d[1], bracket[i], laws::kGradient);
  }
}

}  // namespace
}  // namespace coset::group
