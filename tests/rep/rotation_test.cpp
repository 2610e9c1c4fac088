#include "coset/rep/rotation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using golden::rows;
using laws::distance;
using laws::kAlgebra;
using laws::kControlFactor;
using laws::kGolden64;

constexpr Matrix3 kIdentity{1, 0, 0, 0, 1, 0, 0, 0, 1};

std::vector<Matrix3> sample_rotations() {
  std::vector<Matrix3> rotations{kIdentity};
  NumpyRandom random(5);
  for (int i = 0; i < 20; ++i) rotations.push_back(random_rotation(random));
  for (const double angle : {1e-8, 1e-4, M_PI - 1e-8, M_PI})
    for (const Vector3& axis : {Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 1}, Vector3{1, -2, 0.5}})
      rotations.push_back(matrix_from_axis_angle({axis, angle}));
  return rotations;
}

// Source: e3nn 0.5.1 angles_to_matrix, angles_to_quaternion, matrix_to_axis_angle.
TEST(Rotation, ParametrisationsMatchE3nn) {
  const golden::E3nn e3nn("rotation");
  for (std::size_t i = 0; i < 8; ++i) {
    const auto a = rows(e3nn["rot_angles"], 3, i);
    const EulerAngles angles{a[0], a[1], a[2]};
    const auto matrix = rows(e3nn["rot_matrices"], 9, i);
    EXPECT_LT(distance(matrix_from_angles(angles), matrix), kGolden64);
    const auto q = rows(e3nn["rot_quaternions"], 4, i);
    Quaternion ours = quaternion_from_angles(angles);
    if (ours[0] * q[0] < 0)
      for (double& x : ours) x = -x;
    EXPECT_LT(distance(ours, q), kGolden64);
    EXPECT_LT(distance(matrix_from_quaternion({q[0], q[1], q[2], q[3]}), matrix), kGolden64);
    auto turn = rows(e3nn["rot_axis_angle"], 4, i);
    if (turn[3] == 0.0) turn[1] = 1.0;  // no rotation has no axis: e3nn returns 0, we e_y
    const auto [axis, angle] = axis_angle_from_matrix(matrix_from_angles(angles));
    EXPECT_LT(distance(std::vector{axis[0], axis[1], axis[2], angle}, turn), kGolden64);
  }
}

// Source: e3nn 0.5.1 xyz_to_angles.
TEST(Rotation, AnglesOfPointsMatchE3nn) {
  const golden::E3nn e3nn("rotation");
  for (std::size_t i = 0; i < 24; ++i) {
    const auto v = rows(e3nn["sh_points"], 3, i);
    const Vector3 point{v[0], v[1], v[2]};
    const auto [alpha, beta] = angles_from_point(point);
    EXPECT_LT(distance(std::vector{alpha, beta}, rows(e3nn["xyz_to_angles"], 2, i)), kGolden64);
    const double length = std::hypot(v[0], v[1], v[2]);
    EXPECT_LT(distance(point_from_angles({alpha, beta}), Vector3{v[0] / length, v[1] / length, v[2] / length}),
              kAlgebra);
  }
}

TEST(Rotation, EveryParametrisationGoesThereAndBack) {
  for (const Matrix3& rotation : sample_rotations()) {
    EXPECT_LT(distance(matrix_from_angles(angles_from_matrix(rotation)), rotation), kAlgebra);
    EXPECT_LT(distance(matrix_from_quaternion(quaternion_from_matrix(rotation)), rotation), kAlgebra);
    EXPECT_LT(distance(matrix_from_axis_angle(axis_angle_from_matrix(rotation)), rotation), kAlgebra);
    EXPECT_LT(distance(product(transpose(rotation), rotation), kIdentity), kAlgebra);
    EXPECT_NEAR(determinant(rotation), 1.0, kAlgebra);
  }
}

TEST(Rotation, HalfTurnsKeepTheirAxis) {
  const double s = 1 / std::sqrt(6.0);
  const AxisAngle turn = axis_angle_from_matrix(matrix_from_axis_angle({{s, -2 * s, s}, M_PI}));
  EXPECT_NEAR(turn.angle, M_PI, kAlgebra);
  const double sign = turn.axis[0] > 0 ? 1.0 : -1.0;
  EXPECT_LT(distance(turn.axis, Vector3{sign * s, -2 * sign * s, sign * s}), kAlgebra);
}

TEST(Rotation, ProductsAgreeInEveryParametrisation) {
  const auto rotations = sample_rotations();
  double control = 0.0;
  for (std::size_t i = 1; i < rotations.size(); ++i) {
    const Matrix3 expected = product(rotations[i - 1], rotations[i]);
    const Quaternion p = quaternion_from_matrix(rotations[i - 1]);
    const Quaternion q = quaternion_from_matrix(rotations[i]);
    EXPECT_LT(distance(matrix_from_quaternion(product(p, q)), expected), kAlgebra);
    EXPECT_LT(distance(matrix_from_quaternion(product(q, inverse(q))), kIdentity), kAlgebra);
    const EulerAngles a = angles_from_matrix(rotations[i - 1]);
    const EulerAngles b = angles_from_matrix(rotations[i]);
    EXPECT_LT(distance(matrix_from_angles(product(a, b)), expected), kAlgebra);
    EXPECT_LT(distance(matrix_from_angles(inverse(b)), transpose(rotations[i])), kAlgebra);
    control = std::max(control, distance(matrix_from_quaternion(product(q, p)), expected));
  }
  EXPECT_GT(control, kControlFactor * kAlgebra) << "the order of factors must matter";
}

TEST(Rotation, IsActiveAndRightHanded) {
  EXPECT_LT(distance(rotate(matrix_from_axis_angle({{0, 0, 1}, M_PI_2}), Vector3{1, 0, 0}), Vector3{0, 1, 0}),
            kAlgebra);
  EXPECT_LT(distance(rotate(matrix_from_angles({M_PI_2, 0, 0}), Vector3{0, 0, 1}), Vector3{1, 0, 0}), kAlgebra);
  const SphereAngles point{0.7, 1.9};
  EXPECT_LT(distance(rotate(matrix_from_angles({0.7, 1.9, -3.0}), Vector3{0, 1, 0}), point_from_angles(point)),
            kAlgebra);
}

// Haar measure: matrix entries have mean 0 and mean square 1/3, to 5 standard errors of 20,000 draws.
TEST(Rotation, RandomRotationsAreUniform) {
  NumpyRandom random(11);
  constexpr int kDraws = 20000;
  Matrix3 mean{};
  Matrix3 square{};
  for (int n = 0; n < kDraws; ++n) {
    const Matrix3 rotation = random_rotation(random);
    for (int i = 0; i < 9; ++i) {
      mean[i] += rotation[i] / kDraws;
      square[i] += rotation[i] * rotation[i] / kDraws;
    }
  }
  const double five_errors = 5 * std::sqrt(1.0 / 3.0 / kDraws);
  for (int i = 0; i < 9; ++i) {
    EXPECT_NEAR(mean[i], 0.0, five_errors);
    EXPECT_NEAR(square[i], 1.0 / 3.0, five_errors);
  }
}

TEST(Rotation, RefusesWhatIsNotARotation) {
  const Matrix3 mirror{-1, 0, 0, 0, 1, 0, 0, 0, 1};
  EXPECT_THROW(angles_from_matrix(mirror), Error);
  EXPECT_THROW(quaternion_from_matrix(Matrix3{2, 0, 0, 0, 1, 0, 0, 0, 0.5}), Error);
  EXPECT_THROW(axis_angle_from_matrix(Matrix3{NAN, 0, 0, 0, 1, 0, 0, 0, 1}), Error);
  EXPECT_THROW(matrix_from_quaternion({0, 0, 0, 0}), Error);
  EXPECT_THROW(matrix_from_axis_angle({{0, 0, 0}, 1.0}), Error);
}

}  // namespace
}  // namespace coset::rep
