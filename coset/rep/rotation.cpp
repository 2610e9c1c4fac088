#include "coset/rep/rotation.h"

#include <algorithm>
#include <cmath>

#include "coset/base/error.h"
#include "coset/group/spatial.h"

namespace coset::rep {
namespace {

constexpr double kOrthogonality = 1e-6;

group::Matrix<3> matrix_of(std::span<const double, 9> entries) {
  group::Matrix<3> matrix;
  std::copy(entries.begin(), entries.end(), matrix.entries.begin());
  return matrix;
}

Matrix3 rotation_y(double t) {
  return {std::cos(t), 0, std::sin(t), 0, 1, 0, -std::sin(t), 0, std::cos(t)};
}
Matrix3 rotation_x(double t) {
  return {1, 0, 0, 0, std::cos(t), -std::sin(t), 0, std::sin(t), std::cos(t)};
}

double length(std::span<const double> v) {
  double sum = 0.0;
  for (const double x : v) sum += x * x;
  return std::sqrt(sum);
}

Quaternion normalized(Quaternion q, const char* function) {
  const double norm = length(q);
  check(norm > 0.0 && std::isfinite(norm), "[rep::", function, "] expected a finite quaternion or axis other than 0");
  for (double& x : q) x /= norm;
  return q;
}

}  // namespace

Matrix3 product(std::span<const double, 9> a, std::span<const double, 9> b) {
  return (matrix_of(a) * matrix_of(b)).entries;
}

Matrix3 transpose(std::span<const double, 9> a) {
  return transpose(matrix_of(a)).entries;
}

Vector3 rotate(std::span<const double, 9> a, std::span<const double, 3> v) {
  return matrix_of(a) * Vector3{v[0], v[1], v[2]};
}

double determinant(std::span<const double, 9> a) {
  return determinant(matrix_of(a));
}

void check_rotation(const char* function, std::span<const double, 9> rotation) {
  const Matrix3 gram = product(transpose(rotation), rotation);
  double worst = std::abs(determinant(rotation) - 1.0);
  for (int i = 0; i < 9; ++i) {
    const double difference = std::abs(gram[i] - (i % 4 == 0 ? 1.0 : 0.0));
    if (!(difference <= worst)) worst = difference;
  }
  check(worst <= kOrthogonality, "[rep::", function, "] expected R^T R = 1 and det R = 1 to ", kOrthogonality,
        "; received a matrix that misses them by ", worst);
}

Vector3 point_from_angles(SphereAngles angles) {
  return {std::sin(angles.beta) * std::sin(angles.alpha), std::cos(angles.beta),
          std::sin(angles.beta) * std::cos(angles.alpha)};
}

SphereAngles angles_from_point(std::span<const double, 3> v) {
  // atan2 instead of acos(y / |v|), which keeps only half of the digits near the poles.
  return {std::atan2(v[0], v[2]), std::atan2(std::hypot(v[0], v[2]), v[1]) + (length(v) == 0.0 ? M_PI_2 : 0.0)};
}

Matrix3 matrix_from_angles(EulerAngles angles) {
  return product(product(rotation_y(angles.alpha), rotation_x(angles.beta)), rotation_y(angles.gamma));
}

Matrix3 matrix_from_quaternion(const Quaternion& q) {
  return group::rotation_of(normalized(q, "matrix_from_quaternion")).entries;
}

Matrix3 matrix_from_axis_angle(const AxisAngle& rotation) {
  return matrix_from_quaternion(quaternion_from_axis_angle(rotation));
}

EulerAngles angles_from_matrix(std::span<const double, 9> rotation) {
  check_rotation("angles_from_matrix", rotation);
  const auto [alpha, beta] = angles_from_point(Vector3{rotation[1], rotation[4], rotation[7]});
  const Matrix3 rest = product(transpose(product(rotation_y(alpha), rotation_x(beta))), rotation);
  return {alpha, beta, std::atan2(rest[2], rest[0])};
}

Quaternion quaternion_from_matrix(std::span<const double, 9> rotation) {
  check_rotation("quaternion_from_matrix", rotation);
  return group::quaternion_of(matrix_of(rotation));
}

AxisAngle axis_angle_from_matrix(std::span<const double, 9> rotation) {
  return axis_angle_from_quaternion(quaternion_from_matrix(rotation));
}

Quaternion quaternion_from_axis_angle(const AxisAngle& rotation) {
  const Vector3& n = rotation.axis;
  const Quaternion unit = normalized({0.0, n[0], n[1], n[2]}, "quaternion_from_axis_angle");
  const double s = std::sin(rotation.angle / 2);
  return {std::cos(rotation.angle / 2), s * unit[1], s * unit[2], s * unit[3]};
}

AxisAngle axis_angle_from_quaternion(const Quaternion& quaternion) {
  Quaternion q = normalized(quaternion, "axis_angle_from_quaternion");
  if (q[0] < 0)
    for (double& x : q) x = -x;
  const double s = length(std::span(q).subspan<1>());
  if (s == 0.0) return {};
  return {{q[1] / s, q[2] / s, q[3] / s}, 2 * std::atan2(s, q[0])};
}

Quaternion quaternion_from_angles(EulerAngles angles) {
  const auto about = [](Vector3 axis, double t) { return quaternion_from_axis_angle({axis, t}); };
  return product(product(about({0, 1, 0}, angles.alpha), about({1, 0, 0}, angles.beta)),
                 about({0, 1, 0}, angles.gamma));
}

Quaternion product(const Quaternion& p, const Quaternion& q) {
  return {p[0] * q[0] - p[1] * q[1] - p[2] * q[2] - p[3] * q[3], p[0] * q[1] + p[1] * q[0] + p[2] * q[3] - p[3] * q[2],
          p[0] * q[2] - p[1] * q[3] + p[2] * q[0] + p[3] * q[1], p[0] * q[3] + p[1] * q[2] - p[2] * q[1] + p[3] * q[0]};
}

Quaternion inverse(const Quaternion& q) {
  return {q[0], -q[1], -q[2], -q[3]};
}

EulerAngles inverse(EulerAngles angles) {
  return {-angles.gamma, -angles.beta, -angles.alpha};
}

EulerAngles product(EulerAngles first, EulerAngles second) {
  return angles_from_matrix(product(matrix_from_angles(first), matrix_from_angles(second)));
}

EulerAngles random_angles(std::span<const double, 3> u) {
  return {2 * M_PI * u[0], std::acos(2 * u[1] - 1), 2 * M_PI * u[2]};
}

Matrix3 random_rotation(NumpyRandom& random) {
  return group::SO3().random(random).entries;
}

}  // namespace coset::rep
