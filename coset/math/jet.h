/// Truncated Taylor numbers: a value with its gradient and second derivatives in three variables, so that a reference
/// implementation that reads like its formula also returns exact derivatives.
#pragma once

#include <array>
#include <cmath>

namespace coset::math {

/// f, df/dx_i and d2f/dx_i dx_j (packed xx, xy, xz, yy, yz, zz) at one point.
struct Jet {
  double value = 0.0;
  std::array<double, 3> gradient{};
  std::array<double, 6> hessian{};

  Jet() = default;
  Jet(double constant) : value(constant) {}  // NOLINT(google-explicit-constructor)
  /// The coordinate x_i at `at`.
  static Jet variable(int i, double at) {
    Jet jet(at);
    jet.gradient[i] = 1.0;
    return jet;
  }

  double second(int i, int j) const {
    constexpr std::array<std::array<int, 3>, 3> kPacked{{{0, 1, 2}, {1, 3, 4}, {2, 4, 5}}};
    return hessian[kPacked[i][j]];
  }
};

/// f(a) from f, f', f'' at a.value. Faa di Bruno to second order.
inline Jet chain(const Jet& a, double f, double f1, double f2) {
  Jet result(f);
  for (int i = 0, k = 0; i < 3; ++i) {
    result.gradient[i] = f1 * a.gradient[i];
    for (int j = i; j < 3; ++j, ++k) result.hessian[k] = f1 * a.hessian[k] + f2 * a.gradient[i] * a.gradient[j];
  }
  return result;
}

inline Jet operator*(double c, const Jet& a) {
  return chain(a, c * a.value, c, 0.0);
}

inline Jet operator+(Jet a, const Jet& b) {
  a.value += b.value;
  for (int i = 0; i < 3; ++i) a.gradient[i] += b.gradient[i];
  for (int k = 0; k < 6; ++k) a.hessian[k] += b.hessian[k];
  return a;
}

inline Jet operator-(const Jet& a, const Jet& b) {
  return a + (-1.0 * b);
}

inline Jet operator*(const Jet& a, const Jet& b) {
  Jet result = a.value * b + b.value * a;
  result.value = a.value * b.value;
  for (int i = 0, k = 0; i < 3; ++i)
    for (int j = i; j < 3; ++j, ++k) result.hessian[k] += a.gradient[i] * b.gradient[j] + a.gradient[j] * b.gradient[i];
  return result;
}

/// a^{-1/2}; requires a.value > 0.
inline Jet inverse_sqrt(const Jet& a) {
  const double f = 1.0 / std::sqrt(a.value);
  const double f1 = -0.5 * f / a.value;
  return chain(a, f, f1, -1.5 * f1 / a.value);
}
inline double inverse_sqrt(double a) {
  return 1.0 / std::sqrt(a);
}

}  // namespace coset::math
