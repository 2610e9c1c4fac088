#include "coset/group/small_angle.h"

#include <cmath>
#include <numbers>

namespace coset::group {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kSeriesBelow =
    0.25;  // of the squared angle: closed forms keep 14 digits above, 12 terms suffice below

/// sum_k (-q)^k / (2k + first)!  times first!-independent normalisation: term 0 is 1 / first!.
double alternating_series(double q, int first) {
  double term = 1.0;
  for (int i = 2; i <= first; ++i) term /= i;
  double total = 0.0;
  for (int k = 0; k < 12; ++k) {
    total += term;
    term *= -q / ((2 * k + first + 1) * (2 * k + first + 2));
  }
  return total;
}

}  // namespace

double sin_over(double q) {
  if (q < kSeriesBelow) return alternating_series(q, 1);
  const double t = std::sqrt(q);
  return std::sin(t) / t;
}

double one_minus_cos_over(double q) {
  const double half = sin_over(q / 4.0);  // 1 - cos t = 2 sin^2(t/2)
  return 0.5 * half * half;
}

double minus_sin_over(double q) {
  if (q < 4.0 * kSeriesBelow) return alternating_series(q, 3);
  const double t = std::sqrt(q);
  return (t - std::sin(t)) / (q * t);
}

double half_angle_over(double n_squared, double w) {
  if (n_squared >= kSeriesBelow * kSeriesBelow) {
    const double n = std::sqrt(n_squared);
    return std::atan2(n, w) / n;
  }
  double coefficient = 1.0;  // asin(n)/n = sum (2k)! / (4^k k!^2 (2k+1)) n^2k
  double total = 0.0;
  for (int k = 0; k < 14; ++k) {
    total += coefficient / (2 * k + 1);
    coefficient *= n_squared * (2 * k + 1) / (2 * k + 2);
  }
  return total;
}

double expm1_over(double x) {
  return x == 0.0 ? 1.0 : std::expm1(x) / x;
}

std::complex<double> expm1_over(std::complex<double> z) {
  if (std::norm(z) >= kSeriesBelow) return (std::exp(z) - 1.0) / z;
  std::complex<double> term = 1.0;
  std::complex<double> total = 0.0;
  for (int k = 0; k < 18; ++k) {
    total += term;
    term *= z / static_cast<double>(k + 2);
  }
  return total;
}

double wrap(double angle) {
  const double turned = std::fmod(angle + kPi, 2.0 * kPi);
  return (turned < 0.0 ? turned + 2.0 * kPi : turned) - kPi;
}

UnitRoot unit_root(long long k, long long n) {
  k = ((k % n) + n) % n;
  const long long quarters = 4 * k / n;         // whole quarter turns
  const long long rest = 4 * k - quarters * n;  // remaining angle = rest/(4n) of a turn, in [0, pi/2)
  double c = 1.0;
  double s = 0.0;
  if (2 * rest > n) {  // fold onto [0, pi/4] so that mirrored angles share their bits
    c = std::sin(0.5 * kPi * static_cast<double>(n - rest) / static_cast<double>(n));
    s = std::cos(0.5 * kPi * static_cast<double>(n - rest) / static_cast<double>(n));
  } else if (2 * rest == n) {
    c = s = std::numbers::sqrt2 / 2.0;
  } else if (rest != 0) {
    c = std::cos(0.5 * kPi * static_cast<double>(rest) / static_cast<double>(n));
    s = std::sin(0.5 * kPi * static_cast<double>(rest) / static_cast<double>(n));
  }
  switch (quarters) {
    case 0:
      return {c, s};
    case 1:
      return {-s, c};
    case 2:
      return {-c, -s};
    default:
      return {s, -c};
  }
}

}  // namespace coset::group
