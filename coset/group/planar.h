/// Rotations and reflections of the plane: C_N, D_N, SO(2), O(2).
///
/// The plane's axes are (row, column) of an image, row growing downward; R_theta = [[cos, -sin], [sin, cos]] then turns
/// counter-clockwise on screen (docs/conventions.md#image-axes). F = diag(1, -1) mirrors left and right. Elements with
/// a reflection are F^flip R_turn: first turn, then mirror. Finite order: flip 0 turns 0..N-1, then flip 1 turns
/// 0..N-1. Haar references: counting measure (C_N, D_N), d theta (SO(2), and on each component of O(2)). All
/// unimodular. Source: Weiler and Cesa, arXiv 1911.08251, 2.1.
#pragma once

#include "coset/group/group.h"

namespace coset::group {

/// R_theta.
Matrix<2> rotation(double angle);

/// Planar rotations by multiples of 2 pi / n; quarter turns are exact integer matrices.
class Cyclic : public Unimodular {
 public:
  using Element = std::int64_t;  ///< 0 <= k < n
  static constexpr int kSpace = 2;

  /// @throws coset::Error unless n >= 1
  explicit Cyclic(std::int64_t n);

  std::string name() const { return "C" + std::to_string(n_); }
  std::int64_t order() const { return n_; }
  Element element(std::int64_t i) const { return i; }
  Element identity() const { return 0; }
  Element product(Element a, Element b) const { return (a + b) % n_; }
  Element inverse(Element a) const { return (n_ - a) % n_; }
  Vector<2> act(Element a, const Vector<2>& y) const { return matrix(a) * y; }
  Matrix<2> matrix(Element a) const;
  Element random(NumpyRandom& random) const;

 private:
  std::int64_t n_;
};

/// An element F^flip R^turn of D_N (turn counts steps of 2 pi / N) or O(2) (turn is the angle).
template <class Turn>
struct FlipTurn {
  std::int64_t flip = 0;
  Turn turn{};
  bool operator==(const FlipTurn&) const = default;
};

/// D_N, 2n elements: (m, r)(m', r') = (m + m' mod 2, (-1)^m' r + r' mod N).
class Dihedral : public Unimodular {
 public:
  using Element = FlipTurn<std::int64_t>;
  static constexpr int kSpace = 2;

  /// @throws coset::Error unless n >= 1
  explicit Dihedral(std::int64_t n);

  std::string name() const { return "D" + std::to_string(n_); }
  std::int64_t order() const { return 2 * n_; }
  Element element(std::int64_t i) const { return {i / n_, i % n_}; }
  Element identity() const { return {}; }
  Element product(Element a, Element b) const;
  Element inverse(Element a) const;
  Vector<2> act(Element a, const Vector<2>& y) const { return matrix(a) * y; }
  Matrix<2> matrix(Element a) const;
  Element random(NumpyRandom& random) const;

 private:
  std::int64_t n_;
};

/// SO(2); angles in [-pi, pi).
struct SO2 : Unimodular {
  using Element = double;
  static constexpr int kSpace = 2;
  static constexpr int kAlgebra = 1;

  std::string name() const { return "SO(2)"; }
  Element identity() const { return 0.0; }
  Element product(Element a, Element b) const;
  Element inverse(Element a) const;
  Vector<2> act(Element a, const Vector<2>& y) const { return matrix(a) * y; }
  Matrix<2> matrix(Element a) const { return rotation(a); }
  Element exp(const Vector<1>& v) const;
  Vector<1> log(Element a) const;
  /// (sin t / t) I + ((1 - cos t) / t) J, J = [[0, -1], [1, 0]]
  Matrix<2> phi(const Vector<1>& v) const;
  Element random(NumpyRandom& random) const;
};

/// O(2). exp reaches the rotations only; log throws coset::Error on a reflection.
struct O2 : Unimodular {
  using Element = FlipTurn<double>;
  static constexpr int kSpace = 2;
  static constexpr int kAlgebra = 1;

  std::string name() const { return "O(2)"; }
  Element identity() const { return {}; }
  Element product(const Element& a, const Element& b) const;
  Element inverse(const Element& a) const;
  Vector<2> act(const Element& a, const Vector<2>& y) const { return matrix(a) * y; }
  Matrix<2> matrix(const Element& a) const;
  Element exp(const Vector<1>& v) const { return {0, SO2().exp(v)}; }
  Vector<1> log(const Element& a) const;
  Matrix<2> phi(const Vector<1>& v) const { return SO2().phi(v); }
  Element random(NumpyRandom& random) const;
};

}  // namespace coset::group
