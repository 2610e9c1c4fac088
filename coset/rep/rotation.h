/// Rotations of R^3 in four parametrisations, and the angles of points on the sphere.
///
/// Conventions: docs/conventions.md#rotations. Active and right-handed; Euler angles R = Ry(alpha) Rx(beta) Ry(gamma)
/// (gamma first); R e_y = (sin b sin a, cos b, sin b cos a); quaternions (w, x, y, z), Hamilton product, q and -q the
/// same rotation; matrices row-major (3, 3); angles in radians. Source: e3nn.o3.
#pragma once

#include <array>
#include <span>

#include "coset/base/random.h"

namespace coset::rep {

using Vector3 = std::array<double, 3>;
using Matrix3 = std::array<double, 9>;
using Quaternion = std::array<double, 4>;

struct EulerAngles {
  double alpha = 0.0;
  double beta = 0.0;
  double gamma = 0.0;
};

struct AxisAngle {
  Vector3 axis{0.0, 1.0, 0.0};  ///< unit length
  double angle = 0.0;
};

/// A point (sin b sin a, cos b, sin b cos a) of the sphere.
struct SphereAngles {
  double alpha = 0.0;
  double beta = 0.0;
};

Matrix3 product(std::span<const double, 9> a, std::span<const double, 9> b);
Matrix3 transpose(std::span<const double, 9> a);
Vector3 rotate(std::span<const double, 9> a, std::span<const double, 3> v);
double determinant(std::span<const double, 9> a);
/// @throws coset::Error naming `function` unless R^T R = 1 and det R = +1, both to 1e-6
void check_rotation(const char* function, std::span<const double, 9> rotation);

Vector3 point_from_angles(SphereAngles angles);
SphereAngles angles_from_point(
    std::span<const double, 3> v);  ///< alpha in (-pi, pi], beta in [0, pi]; v = 0 gives (0, pi/2)

Matrix3 matrix_from_angles(EulerAngles angles);
Matrix3 matrix_from_axis_angle(const AxisAngle& rotation);  ///< the axis is normalised
Matrix3 matrix_from_quaternion(const Quaternion& q);        ///< q is normalised

/// Exact inverses of the maps above, any angle included: beta in [0, pi], angle in [0, pi]. At beta = 0 or pi only
/// alpha +- gamma is determined, at angle 0 no axis: one valid choice is returned. @throws coset::Error unless a
/// rotation
EulerAngles angles_from_matrix(std::span<const double, 9> rotation);
AxisAngle axis_angle_from_matrix(std::span<const double, 9> rotation);
Quaternion quaternion_from_matrix(std::span<const double, 9> rotation);  ///< w >= 0

Quaternion quaternion_from_angles(EulerAngles angles);
Quaternion quaternion_from_axis_angle(const AxisAngle& rotation);
AxisAngle axis_angle_from_quaternion(const Quaternion& q);
/// q1 q2: q2 first.
Quaternion product(const Quaternion& q1, const Quaternion& q2);
Quaternion inverse(const Quaternion& q);

EulerAngles inverse(EulerAngles angles);                     ///< (-gamma, -beta, -alpha)
EulerAngles product(EulerAngles first, EulerAngles second);  ///< angles of R(first) R(second)

/// Haar-distributed for u uniform on [0, 1)^3: alpha = 2 pi u0, cos beta = 2 u1 - 1, gamma = 2 pi u2.
EulerAngles random_angles(std::span<const double, 3> u);
Matrix3 random_rotation(NumpyRandom& random);

}  // namespace coset::rep
