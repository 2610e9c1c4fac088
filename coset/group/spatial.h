/// SO(3) and O(3): orthogonal 3x3 matrices; algebra: the rotation vector omega (axis times angle).
///
/// Haar reference: the invariant measure itself (density 1, total 8 pi^2 on SO(3)). Unimodular.
/// Source: Murray, Li and Sastry, A Mathematical Introduction to Robotic Manipulation, 2.2
/// (Rodrigues).
#pragma once

#include "coset/base/generator.h"
#include "coset/group/group.h"

namespace coset::group {

/// hat(omega) y = omega x y.
Matrix<3> hat(const Vector<3>& omega);

/// Unit quaternion (w, x, y, z) with w >= 0 of a rotation matrix (Shepperd: the largest component leads).
std::array<double, 4> quaternion_of(const Matrix<3>& rotation);

/// Rotation matrix of a quaternion; normalises it first.
Matrix<3> rotation_of(std::array<double, 4> quaternion);

/// Haar-random rotation: a normalised 4-D Gaussian as quaternion.
Matrix<3> random_rotation(Generator& generator);

/// What SO(3) and O(3) share: products and actions of orthogonal matrices.
struct OrthogonalMatrices : Unimodular {
  using Element = Matrix<3>;
  static constexpr int kSpace = 3;
  static constexpr int kAlgebra = 3;

  Element identity() const { return Element::identity(); }
  Element product(const Element& a, const Element& b) const { return a * b; }
  Element inverse(const Element& a) const { return transpose(a); }
  Vector<3> act(const Element& a, const Vector<3>& y) const { return a * y; }
  Matrix<3> matrix(const Element& a) const { return a; }
};

struct SO3 : OrthogonalMatrices {
  std::string name() const { return "SO(3)"; }
  /// Rodrigues: I + (sin t / t) K + ((1 - cos t) / t^2) K^2, K = hat(omega), t = |omega|
  Element exp(const Vector<3>& omega) const;
  /// Through the quaternion, hence accurate at t -> 0 and t -> pi alike; |log| <= pi.
  Vector<3> log(const Element& a) const;
  /// I + ((1 - cos t) / t^2) K + ((t - sin t) / t^3) K^2
  Matrix<3> phi(const Vector<3>& omega) const;
  Element random(NumpyRandom& random) const;  ///< uniform: a normalised 4-D Gaussian as quaternion
};

/// O(3) = SO(3) x {1, -1}. exp reaches the rotations only; log throws coset::Error where det = -1.
struct O3 : OrthogonalMatrices {
  std::string name() const { return "O(3)"; }
  Element exp(const Vector<3>& omega) const { return SO3().exp(omega); }
  Vector<3> log(const Element& a) const;
  Matrix<3> phi(const Vector<3>& omega) const { return SO3().phi(omega); }
  Element random(NumpyRandom& random) const;
};

}  // namespace coset::group
