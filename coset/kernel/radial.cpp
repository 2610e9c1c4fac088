#include "coset/kernel/radial.h"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/base/words.h"

namespace coset::kernel {
namespace {

constexpr std::array kBases{Word{RadialBasis::gaussian, "gaussian"}, Word{RadialBasis::cosine, "cosine"},
                            Word{RadialBasis::smooth_finite, "smooth_finite"}, Word{RadialBasis::fourier, "fourier"},
                            Word{RadialBasis::bessel, "bessel"}};

// e3nn's constants, which make the functions of one embedding sum to squares near 1 inside the range.
constexpr double kGaussian = 1.0 / 1.12;
constexpr double kSmoothFinite = 1.14136;

// f(g(x)) for g linear with slope `slope`, times `factor`.
RadialValue scaled(const RadialValue& f, double slope, double factor) {
  return {factor * f.value, factor * slope * f.first, factor * slope * slope * f.second};
}

RadialValue product(const RadialValue& f, const RadialValue& g) {
  return {f.value * g.value, f.first * g.value + f.value * g.first,
          f.second * g.value + 2 * f.first * g.first + f.value * g.second};
}

RadialValue cosine(double t) {
  return {std::cos(t), -std::sin(t), -std::cos(t)};
}
RadialValue sine(double t) {
  return {std::sin(t), std::cos(t), -std::sin(t)};
}

// sin(t)/t. The closed form of the second derivative loses 1/t^2 of its digits, so the series takes over below 1.
RadialValue sinc(double t) {
  if (std::abs(t) >= 1.0) {
    const double value = std::sin(t) / t;
    const double first = (std::cos(t) - value) / t;
    return {value, first, -value - 2 * first / t};
  }
  RadialValue sum{1.0, 0.0, 0.0};
  double coefficient = 1.0;  // (-1)^n / (2n+1)!
  double power = 1.0;        // t^(2n-2)
  for (int n = 1; n <= 10; ++n, power *= t * t) {
    coefficient /= -2.0 * n * (2.0 * n + 1.0);
    sum.value += coefficient * power * t * t;
    sum.first += coefficient * 2 * n * power * t;
    sum.second += coefficient * 2 * n * (2 * n - 1) * power;
  }
  return sum;
}

RadialValue bump(RadialBasis basis, double d) {
  if (basis == RadialBasis::gaussian) {
    const double f = kGaussian * std::exp(-d * d);
    return {f, -2 * d * f, (4 * d * d - 2) * f};
  }
  if (std::abs(d) >= 1.0) return {};
  if (basis == RadialBasis::cosine) return scaled(cosine(M_PI_2 * d), M_PI_2, 1.0);
  const RadialValue inside = product(soft_unit_step(d + 1), scaled(soft_unit_step(1 - d), -1.0, 1.0));
  return scaled(inside, 1.0, kSmoothFinite * std::exp(2.0));
}

}  // namespace

RadialBasis parse_radial_basis(std::string_view text) {
  return parse_word("kernel::parse_radial_basis", text, kBases);
}

std::string to_string(RadialBasis basis) {
  return word_of(basis, kBases);
}

RadialValue soft_unit_step(double t) {
  if (t <= 0.0) return {};
  const double u = std::exp(-1.0 / t);
  if (u == 0.0) return {};
  const double slope = 1.0 / (t * t);
  return {u, u * slope, u * slope * (slope - 2.0 / t)};
}

RadialValue polynomial_cutoff(double r, double r_max, double p) {
  check(p >= 2.0 && r_max > 0.0, "[kernel::polynomial_cutoff] expected p >= 2 and r_max > 0; received p = ", p,
        ", r_max = ", r_max);
  const double t = r / r_max;
  if (t >= 1.0) return {};
  const double a = (p + 1) * (p + 2) / 2;
  const double b = p * (p + 2);
  const double c = p * (p + 1) / 2;
  const double below = std::pow(t, p - 2);  // t^{p-2}, so that p = 2 has its curvature at t = 0
  const RadialValue f{1 - below * t * t * (a - t * (b - t * c)),
                      -below * t * (a * p - t * (b * (p + 1) - t * c * (p + 2))),
                      -below * (a * p * (p - 1) - t * (b * (p + 1) * p - t * c * (p + 2) * (p + 1)))};
  return scaled(f, 1.0 / r_max, 1.0);
}

void evaluate(const RadialEmbedding& embedding, double x, std::span<RadialValue> out) {
  const auto& [start, end, number, basis, cutoff] = embedding;
  const bool centred = basis != RadialBasis::fourier && basis != RadialBasis::bessel;
  const int least = centred && !cutoff ? 2 : 1;
  check(start < end && number >= least && static_cast<int>(out.size()) == number,
        "[kernel::evaluate] expected start < end, number >= ", least, " and that many places; received start = ", start,
        ", end = ", end, ", number = ", number, ", places = ", out.size());
  const double range = end - start;
  const double t = (x - start) / range;
  const bool outside = cutoff && !(t > 0.0 && t < 1.0);
  for (int i = 0; i < number; ++i) {
    if (centred) {
      const double step = range / (cutoff ? number + 1 : number - 1);
      const double centre = start + step * (cutoff ? i + 1 : i);
      out[i] = scaled(bump(basis, (x - centre) / step), 1.0 / step, 1.0);
    } else if (outside) {
      out[i] = {};
    } else if (basis == RadialBasis::fourier) {
      const double slope = M_PI * (cutoff ? i + 1 : i);
      out[i] = scaled((cutoff ? sine : cosine)(slope * t), slope / range, 1.0 / std::sqrt(0.25 + number / 2.0));
    } else {
      const double slope = M_PI * (i + 1) / range;
      out[i] = scaled(sinc(slope * (x - start)), slope, slope * std::sqrt(2.0 / range));
    }
  }
}

}  // namespace coset::kernel
