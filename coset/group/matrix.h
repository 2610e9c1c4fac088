/// Vectors and matrices of a size known at compile time (1 to 4): the numbers behind group elements and actions.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace coset::group {

template <int D>
using Vector = std::array<double, static_cast<std::size_t>(D)>;

/// Row-major D x D; operator()(row, column).
template <int D>
struct Matrix {
  std::array<double, static_cast<std::size_t>(D* D)> entries{};

  double& operator()(int row, int column) { return entries[static_cast<std::size_t>(row * D + column)]; }
  double operator()(int row, int column) const { return entries[static_cast<std::size_t>(row * D + column)]; }
  bool operator==(const Matrix&) const = default;

  /// value on the diagonal, zero elsewhere
  static Matrix diagonal(double value) {
    Matrix result;
    for (int i = 0; i < D; ++i) result(i, i) = value;
    return result;
  }
  static Matrix identity() { return diagonal(1.0); }
};

template <int D>
Matrix<D> operator*(const Matrix<D>& a, const Matrix<D>& b) {
  Matrix<D> result;
  for (int i = 0; i < D; ++i)
    for (int j = 0; j < D; ++j)
      for (int k = 0; k < D; ++k) result(i, j) += a(i, k) * b(k, j);
  return result;
}

template <int D>
Vector<D> operator*(const Matrix<D>& a, const Vector<D>& x) {
  Vector<D> result{};
  for (int i = 0; i < D; ++i)
    for (int k = 0; k < D; ++k) result[static_cast<std::size_t>(i)] += a(i, k) * x[static_cast<std::size_t>(k)];
  return result;
}

template <int D>
Matrix<D> operator*(double factor, Matrix<D> a) {
  for (double& entry : a.entries) entry *= factor;
  return a;
}

template <int D>
Matrix<D> operator+(Matrix<D> a, const Matrix<D>& b) {
  for (std::size_t i = 0; i < a.entries.size(); ++i) a.entries[i] += b.entries[i];
  return a;
}

template <int D>
Matrix<D> transpose(const Matrix<D>& a) {
  Matrix<D> result;
  for (int i = 0; i < D; ++i)
    for (int j = 0; j < D; ++j) result(i, j) = a(j, i);
  return result;
}

/// Determinant, D <= 3, by cofactors: exact for integer matrices.
template <int D>
double determinant(const Matrix<D>& a) {
  static_assert(D >= 1 && D <= 3);
  if constexpr (D == 1) return a(0, 0);
  if constexpr (D == 2) return a(0, 0) * a(1, 1) - a(0, 1) * a(1, 0);
  if constexpr (D == 3)
    return a(0, 0) * (a(1, 1) * a(2, 2) - a(1, 2) * a(2, 1)) - a(0, 1) * (a(1, 0) * a(2, 2) - a(1, 2) * a(2, 0)) +
           a(0, 2) * (a(1, 0) * a(2, 1) - a(1, 1) * a(2, 0));
}

/// Inverse, D <= 3, by cofactors; the caller knows that the determinant is not zero.
template <int D>
Matrix<D> inverse(const Matrix<D>& a) {
  const double scale = 1.0 / determinant(a);
  Matrix<D> result;
  if constexpr (D == 1) {
    result(0, 0) = scale;
  } else if constexpr (D == 2) {
    result.entries = {a(1, 1) * scale, -a(0, 1) * scale, -a(1, 0) * scale, a(0, 0) * scale};
  } else {
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) {
        const int r = (i + 1) % 3, s = (i + 2) % 3, p = (j + 1) % 3, q = (j + 2) % 3;
        result(j, i) = (a(r, p) * a(s, q) - a(r, q) * a(s, p)) * scale;
      }
  }
  return result;
}

template <std::size_t D>
std::array<double, D> sum(std::array<double, D> a, const std::array<double, D>& b) {
  for (std::size_t i = 0; i < D; ++i) a[i] += b[i];
  return a;
}

template <std::size_t D>
std::array<double, D> negated(std::array<double, D> a) {
  for (double& entry : a) entry = -entry;
  return a;
}

template <std::size_t D>
double norm(const std::array<double, D>& a) {
  double squares = 0.0;
  for (double entry : a) squares += entry * entry;
  return std::sqrt(squares);
}

/// [[A, x], [0, 1]]: the matrix of the affine map y -> A y + x in homogeneous coordinates.
template <int D>
Matrix<D + 1> homogeneous(const Matrix<D>& a, const Vector<D>& x) {
  Matrix<D + 1> result;
  for (int i = 0; i < D; ++i) {
    for (int j = 0; j < D; ++j) result(i, j) = a(i, j);
    result(i, D) = x[static_cast<std::size_t>(i)];
  }
  result(D, D) = 1.0;
  return result;
}

}  // namespace coset::group
