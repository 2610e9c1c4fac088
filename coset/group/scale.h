/// Scalings: R+ acting on R^d, and SO(2) x R+ acting on the plane.
///
/// Haar references: ds (density 1/s), d theta ds. Both are commutative, hence unimodular themselves; their affine
/// extensions are not (coset/group/affine.h). Source: Bekkers, arXiv 1909.12057.
#pragma once

#include "coset/group/group.h"
#include "coset/group/small_angle.h"

namespace coset::group {

/// R+: s . y = s y; algebra ln s.
template <int D>
struct Scale {
  using Element = double;  ///< s > 0
  static constexpr int kSpace = D;
  static constexpr int kAlgebra = 1;

  std::string name() const { return "R+"; }
  Element identity() const { return 1.0; }
  Element product(Element a, Element b) const { return a * b; }
  Element inverse(Element a) const { return 1.0 / a; }
  Vector<D> act(Element a, const Vector<D>& y) const { return matrix(a) * y; }
  Matrix<D> matrix(Element a) const { return Matrix<D>::diagonal(a); }
  Element exp(const Vector<1>& v) const { return std::exp(v[0]); }
  Vector<1> log(Element a) const { return {std::log(a)}; }
  Matrix<D> phi(const Vector<1>& v) const { return Matrix<D>::diagonal(expm1_over(v[0])); }
  double left_haar(Element a) const { return 1.0 / a; }
  double modular(Element) const { return 1.0; }
  Element random(NumpyRandom& random) const { return std::exp(random.normal()); }
};

/// SO(2) x R+, the conformal linear maps of the plane: s R_theta; algebra (theta, ln s), in this order.
struct RotationScale {
  struct Element {
    double turn = 0.0;   ///< in [-pi, pi)
    double scale = 1.0;  ///< > 0
  };
  static constexpr int kSpace = 2;
  static constexpr int kAlgebra = 2;

  std::string name() const { return "SO(2)xR+"; }
  Element identity() const { return {}; }
  Element product(const Element& a, const Element& b) const { return {wrap(a.turn + b.turn), a.scale * b.scale}; }
  Element inverse(const Element& a) const { return {wrap(-a.turn), 1.0 / a.scale}; }
  Vector<2> act(const Element& a, const Vector<2>& y) const { return matrix(a) * y; }
  Matrix<2> matrix(const Element& a) const;
  Element exp(const Vector<2>& v) const { return {wrap(v[0]), std::exp(v[1])}; }
  Vector<2> log(const Element& a) const { return {wrap(a.turn), std::log(a.scale)}; }
  /// (e^z - 1)/z with z = ln s + i theta, as a real 2x2 matrix
  Matrix<2> phi(const Vector<2>& v) const;
  double left_haar(const Element& a) const { return 1.0 / a.scale; }
  double modular(const Element&) const { return 1.0; }
  Element random(NumpyRandom& random) const;
};

}  // namespace coset::group
