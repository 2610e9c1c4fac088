#include "coset/rep/fourier_so3.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "coset/rep/spherical_harmonics.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using golden::rows;
using laws::distance;
using laws::kAlgebra;
using laws::kControlFactor;
using laws::kGolden64;

std::vector<double> random_normals(std::int64_t n, std::uint32_t seed) {
  NumpyRandom random(seed);
  std::vector<double> x(static_cast<std::size_t>(n));
  for (double& value : x) value = random.normal();
  return x;
}

std::vector<EulerAngles> sample_points() {
  NumpyRandom random(21);
  std::vector<EulerAngles> points{{0, 0, 0}};
  for (int i = 0; i < 6; ++i) points.push_back(angles_from_matrix(random_rotation(random)));
  return points;
}

// e3nn's basis is sqrt(2l+1) D over sqrt(sum (2l+1)^2); ours is (2l+1) D.
double from_e3nn(int l, int lmax) {
  return 1.0 / std::sqrt((2.0 * l + 1.0) * static_cast<double>(so3_size(lmax)));
}

// Source: e3nn 0.5.1 SO3Grid(lmax 3, resolution 4): samples (alpha, beta, gamma) = (16, 8, 16).
TEST(FourierSo3, MatchesE3nn) {
  const golden::E3nn e3nn("so3_grid");
  const auto transform = make_so3_transform(3, 8, 16);
  ASSERT_EQ(so3_size(3), 84);
  for (std::size_t i = 0; i < 2; ++i) {
    auto x = rows(e3nn["so3grid_coef"], 84, i);
    const auto back = rows(e3nn["so3grid_back"], 84, i);
    EXPECT_LT(distance(back, x), kGolden64);
    for (int l = 0; l <= 3; ++l)
      for (std::int64_t k = so3_offset(l); k < so3_size(l); ++k) x[k] *= from_e3nn(l, 3);
    const auto signal = rows(e3nn["so3grid_signal"], 16 * 8 * 16, i);
    EXPECT_LT(distance(so3_inverse(transform, x), signal), kGolden64);
    EXPECT_LT(distance(so3_forward(transform, signal), x), kGolden64);
  }
}

TEST(FourierSo3, RoundTripIsExact) {
  for (const int lmax : {0, 1, 2, 4, 7, 11}) {
    const auto transform = make_so3_transform(lmax);
    const auto x = random_normals(so3_size(lmax), 2);
    EXPECT_LT(distance(so3_forward(transform, so3_inverse(transform, x)), x), kAlgebra) << lmax;
  }
}

TEST(FourierSo3, FftEqualsTheDirectSum) {
  for (const auto& [lmax, res_beta, res_alpha] : {std::array{3, 8, 8}, std::array{2, 10, 5}, std::array{4, 10, 9}}) {
    const auto transform = make_so3_transform(lmax, res_beta, res_alpha);
    const auto x = random_normals(so3_size(lmax), 3);
    EXPECT_LT(distance(so3_inverse(transform, x), so3_inverse_direct(transform, x)), kAlgebra);
    const auto samples = random_normals(res_beta * res_alpha * res_alpha, 4);
    EXPECT_LT(distance(so3_forward(transform, samples), so3_forward_direct(transform, samples)), kAlgebra);
  }
}

TEST(FourierSo3, ShiftsMultiplyTheirSide) {
  const int lmax = 4;
  const auto f = random_normals(so3_size(lmax), 5);
  NumpyRandom random(6);
  const Matrix3 h = random_rotation(random);
  const auto left = so3_left_shift(lmax, f, h);
  const auto right = so3_right_shift(lmax, f, h);
  std::vector<double> at_left, at_right, expected_left, expected_right, wrong_side;
  for (const EulerAngles& g : sample_points()) {
    const Matrix3 m = matrix_from_angles(g);
    at_left.push_back(so3_evaluate(lmax, left, g));
    expected_left.push_back(so3_evaluate(lmax, f, angles_from_matrix(product(transpose(h), m))));
    at_right.push_back(so3_evaluate(lmax, right, g));
    expected_right.push_back(so3_evaluate(lmax, f, angles_from_matrix(product(m, h))));
    wrong_side.push_back(so3_evaluate(lmax, f, angles_from_matrix(product(h, m))));
  }
  EXPECT_LT(distance(at_left, expected_left), kAlgebra);
  EXPECT_LT(distance(at_right, expected_right), kAlgebra);
  EXPECT_GT(distance(at_right, wrong_side), kControlFactor * kAlgebra);
}

// (k * f)(g) = integral k(g^-1 h) f(h) dh by brute-force quadrature over h; the integrand has degree 2 lmax.
TEST(FourierSo3, CorrelationTheorem) {
  const int lmax = 2;
  const auto k = random_normals(so3_size(lmax), 7);
  const auto f = random_normals(so3_size(lmax), 8);
  const auto product_of = so3_correlate(lmax, k, f);
  const auto swapped = so3_correlate(lmax, f, k);
  const auto grid = make_so3_transform(2 * lmax).grid;
  const double m = static_cast<double>(grid.alpha.size());
  std::vector<double> brute, fast, control;
  for (const EulerAngles& g : sample_points()) {
    const Matrix3 inverse_g = transpose(matrix_from_angles(g));
    double sum = 0.0;
    for (std::size_t i = 0; i < grid.beta.size(); ++i)
      for (const double alpha : grid.alpha)
        for (const double gamma : grid.alpha) {
          const EulerAngles h{alpha, grid.beta[i], gamma};
          const EulerAngles moved = angles_from_matrix(product(inverse_g, matrix_from_angles(h)));
          sum += grid.weight[i] / (2 * m * m) * so3_evaluate(lmax, k, moved) * so3_evaluate(lmax, f, h);
        }
    brute.push_back(sum);
    fast.push_back(so3_evaluate(lmax, product_of, g));
    control.push_back(so3_evaluate(lmax, swapped, g));
  }
  EXPECT_LT(distance(fast, brute), kAlgebra);
  EXPECT_GT(distance(control, brute), kControlFactor * kAlgebra);
}

// (k * f)(g) = integral k(g^-1 x) f(x) dx over the sphere.
TEST(FourierSo3, LiftingCorrelatesOnTheSphere) {
  const int lmax = 3;
  const auto k = random_normals(harmonics_size(lmax), 9);
  const auto f = random_normals(harmonics_size(lmax), 10);
  const auto lifted = so3_lift(lmax, k, f);
  const auto grid = math::sphere_grid(4 * lmax + 2, 4 * lmax + 1);
  const auto value = [&](const std::vector<double>& x, const Vector3& point) {
    const auto y = spherical_harmonics(lmax, point, {HarmonicsNormalization::integral});
    double sum = 0.0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += x[i] * y[i];
    return sum;
  };
  std::vector<double> brute, fast;
  for (const EulerAngles& g : sample_points()) {
    const Matrix3 inverse_g = transpose(matrix_from_angles(g));
    double sum = 0.0;
    for (std::size_t i = 0; i < grid.beta.size(); ++i)
      for (const double alpha : grid.alpha) {
        const Vector3 x = point_from_angles({alpha, grid.beta[i]});
        const double area = 2 * M_PI / static_cast<double>(grid.alpha.size()) * grid.weight[i];
        sum += area * value(k, rotate(inverse_g, x)) * value(f, x);
      }
    brute.push_back(sum);
    fast.push_back(so3_evaluate(lmax, lifted, g));
  }
  EXPECT_LT(distance(fast, brute), kAlgebra);
}

TEST(FourierSo3, RefusesCoarseGridsAndWrongSizes) {
  EXPECT_THROW(make_so3_transform(3, 6, 8), Error);
  EXPECT_THROW(make_so3_transform(3, 8, 6), Error);
  EXPECT_THROW(make_so3_transform(-1), Error);
  const auto transform = make_so3_transform(1);
  EXPECT_THROW(so3_forward(transform, std::vector<double>(3)), Error);
  EXPECT_THROW(so3_inverse(transform, std::vector<double>(3)), Error);
}

}  // namespace
}  // namespace coset::rep
