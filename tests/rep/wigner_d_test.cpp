#include "coset/rep/wigner_d.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "coset/rep/spherical_harmonics.h"
#include "coset/rep/wigner_3j.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using golden::rows;
using laws::distance;
using laws::kAlgebra;
using laws::kControlFactor;
using laws::kGolden64;
using Dense = std::vector<double>;

constexpr int kHighDegrees[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 15, 30};

Dense multiply(int n, const Dense& a, const Dense& b) {
  Dense c(a.size(), 0.0);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k)
      for (int j = 0; j < n; ++j) c[i * n + j] += a[i * n + k] * b[k * n + j];
  return c;
}

Dense transposed(int n, const Dense& a) {
  Dense b(a.size());
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) b[j * n + i] = a[i * n + j];
  return b;
}

Dense identity(int n) {
  Dense a(static_cast<std::size_t>(n) * n, 0.0);
  for (int i = 0; i < n; ++i) a[i * n + i] = 1.0;
  return a;
}

// Degree l of Y(v).
Dense harmonics(int l, const Vector3& v) {
  const auto all = spherical_harmonics(l, v);
  return {all.end() - (2 * l + 1), all.end()};
}

// D Y, or Y D where the control asks for the transpose.
Dense times(const Dense& d, const Dense& y) {
  Dense image(y.size(), 0.0);
  for (std::size_t i = 0; i < y.size(); ++i)
    for (std::size_t j = 0; j < y.size(); ++j) image[i] += d[i * y.size() + j] * y[j];
  return image;
}

std::vector<Matrix3> sample_rotations() {
  std::vector<Matrix3> rotations{{1, 0, 0, 0, 1, 0, 0, 0, 1}, matrix_from_axis_angle({{1, 2, 3}, 1e-8})};
  NumpyRandom random(17);
  for (int i = 0; i < 4; ++i) rotations.push_back(random_rotation(random));
  return rotations;
}

// Source: e3nn 0.5.1 wigner_D.
TEST(WignerD, MatchesE3nn) {
  const golden::E3nn e3nn("wigner_d");
  for (int l = 0; l <= 8; ++l)
    for (std::size_t i = 0; i < 8; ++i) {
      const auto a = rows(e3nn["rot_angles"], 3, i);
      const auto expected = rows(e3nn["wigner_D_l" + std::to_string(l)], (2 * l + 1) * (2 * l + 1), i);
      EXPECT_LT(distance(wigner_d(l, EulerAngles{a[0], a[1], a[2]}), expected), kGolden64) << l;
      const auto r = rows(e3nn["rot_matrices"], 9, i);
      EXPECT_LT(distance(wigner_d(l, std::span<const double, 9>(r)), expected), kGolden64) << l;
    }
}

// Source: e3nn 0.5.1 Irreps.D_from_matrix, rotations and rotations times the inversion.
TEST(WignerD, BlocksOfO3MatchE3nn) {
  const golden::E3nn e3nn("wigner_d");
  const Irreps irreps("2x0e+1x0o+2x1o+1x1e+1x2e+1x3o");
  for (std::size_t i = 0; i < 16; ++i) {
    const auto r = rows(e3nn["irreps_D_matrices"], 9, i);
    const auto expected = rows(e3nn["irreps_D"], 24 * 24, i);
    const std::span<const double, 9> element(r);
    EXPECT_LT(distance(wigner_d(irreps, element), expected), kGolden64);
    Dense x(48);
    for (int k = 0; k < 48; ++k) x[k] = std::sin(1.0 + k * k);
    Dense image = times(expected, {x.begin(), x.begin() + 24});
    const Dense second = times(expected, {x.begin() + 24, x.end()});
    image.insert(image.end(), second.begin(), second.end());
    transform_rows(irreps, element, x);
    EXPECT_LT(distance(x, image), kGolden64);
  }
}

TEST(WignerD, IsOrthogonal) {
  for (const int l : kHighDegrees)
    for (const Matrix3& rotation : sample_rotations()) {
      const int n = 2 * l + 1;
      const Dense d = wigner_d(l, rotation);
      EXPECT_LT(distance(multiply(n, d, transposed(n, d)), identity(n)), kAlgebra) << l;
    }
}

TEST(WignerD, IsAHomomorphism) {
  const auto rotations = sample_rotations();
  for (const int l : kHighDegrees) {
    double control = 0.0;
    for (std::size_t i = 1; i < rotations.size(); ++i) {
      const int n = 2 * l + 1;
      const Dense a = wigner_d(l, rotations[i - 1]);
      const Dense b = wigner_d(l, rotations[i]);
      const Dense ab = wigner_d(l, product(rotations[i - 1], rotations[i]));
      EXPECT_LT(distance(multiply(n, a, b), ab), kAlgebra) << l;
      control = std::max(control, distance(multiply(n, b, a), ab));
    }
    EXPECT_TRUE(l == 0 || control > kControlFactor * kAlgebra) << control;
  }
}

TEST(WignerD, RotatesSphericalHarmonics) {
  const Vector3 v{0.3, -1.2, 0.7};
  for (const int l : kHighDegrees) {
    double control = 0.0;
    for (const Matrix3& rotation : sample_rotations()) {
      const Dense d = wigner_d(l, rotation);
      const Dense expected = harmonics(l, rotate(rotation, v));
      EXPECT_LT(distance(times(d, harmonics(l, v)), expected), kAlgebra) << l;
      control = std::max(control, distance(times(transposed(2 * l + 1, d), harmonics(l, v)), expected));
    }
    EXPECT_TRUE(l == 0 || control > kControlFactor * kAlgebra) << control;
  }
}

TEST(WignerD, InversionMultipliesByTheParity) {
  const Matrix3 rotation = sample_rotations()[3];
  Matrix3 inverted;
  for (int i = 0; i < 9; ++i) inverted[i] = -rotation[i];
  for (int l = 0; l <= 8; ++l)
    for (const int p : {1, -1}) {
      Dense expected = wigner_d(l, rotation);
      for (double& x : expected) x *= p;
      EXPECT_EQ(wigner_d(Irrep{l, p}, inverted), expected);
      const Dense y = harmonics(l, rotate(inverted, Vector3{1, 2, 3}));
      const double error = distance(times(expected, harmonics(l, {1, 2, 3})), y);
      if (p == (l % 2 == 0 ? 1 : -1))
        EXPECT_LT(error, kAlgebra);
      else
        EXPECT_GT(error, kControlFactor * kAlgebra);
    }
}

TEST(WignerD, DegreeOneIsTheRotationAndColumnZeroTheHarmonics) {
  const EulerAngles angles{0.3, 1.1, -2.2};
  const Matrix3 rotation = matrix_from_angles(angles);
  EXPECT_LT(distance(wigner_d(1, angles), rotation), kAlgebra);
  for (int l = 0; l <= 8; ++l) {
    const Dense d = wigner_d(l, angles);
    Dense column;
    for (int m = 0; m <= 2 * l; ++m) column.push_back(std::sqrt(2 * l + 1) * d[m * (2 * l + 1) + l]);
    EXPECT_LT(distance(column, harmonics(l, rotate(rotation, Vector3{0, 1, 0}))), kAlgebra);
  }
}

// max |(D1 x D2 x D3) C - C| for the tensor C.
double invariance_error(std::array<int, 3> l, const Dense& c, const Matrix3& rotation) {
  Dense t = c;
  for (int axis = 0; axis < 3;
       ++axis) {  // contract the first index and append it as the last: after three turns in order
    const int n = 2 * l[axis] + 1;
    const Dense d = wigner_d(l[axis], rotation);
    const std::size_t rest = t.size() / n;
    Dense turned(t.size(), 0.0);
    for (std::size_t k = 0; k < rest; ++k)
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) turned[k * n + i] += d[i * n + j] * t[j * rest + k];
    t = turned;
  }
  return distance(t, c);
}

TEST(WignerD, LeavesWigner3jInvariant) {
  const Matrix3 rotation = sample_rotations()[2];
  for (int l1 = 0; l1 <= 5; ++l1)
    for (int l2 = 0; l2 <= 5; ++l2)
      for (int l3 = std::abs(l1 - l2); l3 <= l1 + l2; ++l3)
        EXPECT_LT(invariance_error({l1, l2, l3}, wigner_3j(l1, l2, l3), rotation), kAlgebra) << l1 << l2 << l3;
  EXPECT_LT(invariance_error({9, 11, 13}, wigner_3j(9, 11, 13), rotation), kAlgebra);
  Dense flipped = wigner_3j(2, 3, 4);
  for (double& value : flipped)
    if (value != 0.0) {
      value = -value;
      break;
    }
  EXPECT_GT(invariance_error({2, 3, 4}, flipped, rotation), kControlFactor * kAlgebra) << "one sign flipped";
}

TEST(WignerD, GeneratorsAreTheDerivativesAndObeyTheLieAlgebra) {
  for (int l = 0; l <= 4; ++l) {
    const int n = 2 * l + 1;
    const auto x = so3_generators(l);
    for (int axis = 0; axis < 3; ++axis) {
      Vector3 direction{};
      direction[axis] = 1.0;
      const double step = 1e-5;
      const Dense up = wigner_d(l, matrix_from_axis_angle({direction, step}));
      const Dense down = wigner_d(l, matrix_from_axis_angle({direction, -step}));
      Dense slope(up.size());
      for (std::size_t k = 0; k < up.size(); ++k) slope[k] = (up[k] - down[k]) / (2 * step);
      EXPECT_LT(distance(slope, x[axis]), laws::kGradient);
      const Dense ab = multiply(n, x[axis], x[(axis + 1) % 3]);
      const Dense ba = multiply(n, x[(axis + 1) % 3], x[axis]);
      Dense commutator(ab.size());
      for (std::size_t k = 0; k < ab.size(); ++k) commutator[k] = ab[k] - ba[k];
      EXPECT_LT(distance(commutator, x[(axis + 2) % 3]), kAlgebra);
    }
  }
}

TEST(WignerD, JIsASymmetricInvolution) {
  for (const int l : kHighDegrees) {
    const int n = 2 * l + 1;
    const Dense& j = wigner_j(l);
    EXPECT_LT(distance(transposed(n, j), j), kAlgebra);
    EXPECT_LT(distance(multiply(n, j, j), identity(n)), kAlgebra);
  }
}

TEST(WignerD, RefusesWrongInput) {
  const Matrix3 rotation = sample_rotations()[2];
  EXPECT_THROW(wigner_d(-1, rotation), Error);
  EXPECT_THROW(wigner_d(2, Matrix3{1, 1, 0, 0, 1, 0, 0, 0, 1}), Error);
  Dense row(5);
  EXPECT_THROW(transform_rows(Irreps("1o+0e"), rotation, row), Error);
}

}  // namespace
}  // namespace coset::rep
