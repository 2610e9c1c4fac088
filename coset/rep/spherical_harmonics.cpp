#include "coset/rep/spherical_harmonics.h"

#include <array>
#include <cmath>
#include <limits>

#include "coset/base/error.h"
#include "coset/math/jet.h"

namespace coset::rep {
namespace {

double degree_factor(int l, HarmonicsNormalization normalization) {
  switch (normalization) {
    case HarmonicsNormalization::component:
      return 1.0;
    case HarmonicsNormalization::norm:
      return 1.0 / std::sqrt(2.0 * l + 1.0);
    case HarmonicsNormalization::integral:
      return 0.5 / std::sqrt(M_PI);
  }
  return 1.0;
}

// P[l] = sqrt((2l+1) (l-m)!/(l+m)!) r^{l-m} P_l^m(y/r) / sin^m for l = m .. lmax, by the recurrence in l. The factor is
// part of the recurrence because (2m-1)!! alone leaves the range of double at m = 150.
template <class Scalar>
void polar_factors(int lmax, int m, double diagonal, const Scalar& y, const Scalar& r2, std::vector<Scalar>& p) {
  p[m] = Scalar(diagonal);
  for (int l = m + 1; l <= lmax; ++l) {
    const double spread = static_cast<double>(l) * l - static_cast<double>(m) * m;
    const double up = std::sqrt((4.0 * l * l - 1.0) / spread);
    p[l] = up * (y * p[l - 1]);
    if (l < m + 2) continue;
    const double below = (l - 1.0) * (l - 1.0) - static_cast<double>(m) * m;
    p[l] = p[l] - std::sqrt((2.0 * l + 1.0) * below / ((2.0 * l - 3.0) * spread)) * (r2 * p[l - 2]);
  }
}

// Solid harmonics in component normalisation. A_m + i B_m = (z + i x)^m = r_xz^m e^{i m alpha}.
template <class Scalar>
std::vector<Scalar> solid_harmonics(int lmax, const Scalar& x, const Scalar& y, const Scalar& z) {
  std::vector<Scalar> harmonics(harmonics_size(lmax));
  std::vector<Scalar> p(lmax + 1);
  const Scalar r2 = x * x + y * y + z * z;
  Scalar a(1.0);
  Scalar b(0.0);
  double diagonal = 1.0;  // sqrt((2m+1)/(2m)!) (2m-1)!!
  for (int m = 0; m <= lmax; ++m) {
    polar_factors(lmax, m, diagonal, y, r2, p);
    for (int l = m; l <= lmax; ++l) {
      const int center = l * l + l;
      if (m == 0) {
        harmonics[center] = p[l];
      } else {
        harmonics[center + m] = M_SQRT2 * (p[l] * a);
        harmonics[center - m] = M_SQRT2 * (p[l] * b);
      }
    }
    const Scalar next = a * z - b * x;
    b = b * z + a * x;
    a = next;
    diagonal *= std::sqrt((2.0 * m + 3.0) / (2.0 * m + 2.0));
  }
  return harmonics;
}

/// Brings a vector whose square leaves the range of double near length one, by a power of two in two factors.
template <class Scalar>
void rescale(std::array<Scalar, 3>& v, double length) {
  const bool usual = length >= 1e-12 && length <= 1e154;
  if (usual || length == 0.0 || !std::isfinite(length)) return;
  const int exponent = -std::ilogb(length);
  for (Scalar& coordinate : v)
    coordinate = std::ldexp(1.0, exponent / 2) * (std::ldexp(1.0, exponent - exponent / 2) * coordinate);
}

template <class Scalar>
std::vector<Scalar> harmonics_of(int lmax, std::array<Scalar, 3> v, double length, const HarmonicsOptions& options) {
  const bool zero = length == 0.0;
  if (options.normalize) {
    rescale(v, length);
    const Scalar inverse = zero ? Scalar(0.0) : math::inverse_sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (Scalar& coordinate : v) coordinate = coordinate * inverse;
  }
  auto harmonics = solid_harmonics(lmax, v[0], v[1], v[2]);
  if (options.normalize && zero)
    for (std::size_t k = 1; k < harmonics.size(); ++k) harmonics[k] = Scalar(0.0);
  for (int l = 0; l <= lmax; ++l)
    for (int k = l * l; k < (l + 1) * (l + 1); ++k)
      harmonics[k] = degree_factor(l, options.normalization) * harmonics[k];
  return harmonics;
}

void check_lmax(int lmax) {
  check(lmax >= 0, "[rep::spherical_harmonics] expected lmax >= 0; received lmax = ", lmax);
}

/// Of a multiple where the length itself would leave the range of double: only its magnitude is used.
double length_of(std::span<const double, 3> v) {
  const double length = std::hypot(v[0], v[1], v[2]);
  const bool finite = std::isfinite(v[0]) && std::isfinite(v[1]) && std::isfinite(v[2]);
  return std::isinf(length) && finite ? std::numeric_limits<double>::max() : length;
}

}  // namespace

std::vector<double> spherical_harmonics(int lmax, std::span<const double, 3> v, const HarmonicsOptions& options) {
  check_lmax(lmax);
  return harmonics_of<double>(lmax, {v[0], v[1], v[2]}, length_of(v), options);
}

HarmonicsDerivatives spherical_harmonics_derivatives(int lmax, std::span<const double, 3> v,
                                                     const HarmonicsOptions& options) {
  check_lmax(lmax);
  using math::Jet;
  const auto harmonics = harmonics_of<Jet>(
      lmax, {Jet::variable(0, v[0]), Jet::variable(1, v[1]), Jet::variable(2, v[2])}, length_of(v), options);
  HarmonicsDerivatives result;
  for (const Jet& y : harmonics) {
    result.values.push_back(y.value);
    result.jacobian.insert(result.jacobian.end(), y.gradient.begin(), y.gradient.end());
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) result.hessian.push_back(y.second(i, j));
  }
  return result;
}

std::vector<double> legendre_factors(int lmax, double beta) {
  check_lmax(lmax);
  std::vector<double> factors(harmonics_size(lmax));
  std::vector<double> p(lmax + 1);
  double diagonal = degree_factor(0, HarmonicsNormalization::integral);
  for (int m = 0; m <= lmax; ++m) {
    polar_factors(lmax, m, diagonal, std::cos(beta), 1.0, p);
    for (int l = m; l <= lmax; ++l) factors[l * l + l + m] = factors[l * l + l - m] = p[l];
    diagonal *= std::sin(beta) * std::sqrt((2.0 * m + 3.0) / (2.0 * m + 2.0));
  }
  return factors;
}

std::vector<double> azimuthal_factors(int lmax, double alpha) {
  check_lmax(lmax);
  std::vector<double> factors(2 * lmax + 1);
  factors[lmax] = 1.0;
  for (int m = 1; m <= lmax; ++m) {
    factors[lmax - m] = M_SQRT2 * std::sin(m * alpha);
    factors[lmax + m] = M_SQRT2 * std::cos(m * alpha);
  }
  return factors;
}

}  // namespace coset::rep
