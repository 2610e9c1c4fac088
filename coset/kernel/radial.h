/// Radial functions: how a distance becomes the input of a network, and how an interaction ends smoothly at its cutoff.
///
/// Every function returns its value with two derivatives, because energies are differentiated for forces and forces are
/// trained on. Distances and ranges share one unit (angstrom for molecules). Source: e3nn.math
/// soft_one_hot_linspace; DimeNet (arXiv:2003.03123) eq. 7 and 8 for Bessel functions and the polynomial envelope.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace coset::kernel {

/// f(x), f'(x), f''(x).
struct RadialValue {
  double value = 0.0;
  double first = 0.0;
  double second = 0.0;
};

/// With centres c_i, spacing s and d = (x - c_i)/s; t = (x - start)/(end - start); r = x - start, c = end - start.
enum class RadialBasis {
  gaussian,       ///< exp(-d^2)/1.12
  cosine,         ///< cos(pi d/2) where |d| < 1: a partition of the range, once differentiable
  smooth_finite,  ///< 1.14136 e^2 u(1+d) u(1-d), u = soft_unit_step: infinitely differentiable, zero where |d| >= 1
  fourier,  ///< cos(pi i t), i = 0 .. N-1; with cutoff sin(pi i t), i = 1 .. N, zero outside; over sqrt(1/4 + N/2)
  bessel,   ///< sqrt(2/c) sin(i pi r/c)/r, i = 1 .. N; with cutoff zero outside (0, c)
};
RadialBasis parse_radial_basis(std::string_view text);  ///< @throws coset::Error that names the nearest known basis
std::string to_string(RadialBasis basis);

/// e3nn's soft_one_hot_linspace. `cutoff` true: every function vanishes (gaussian: decays) towards both ends of the
/// range and the centres are the inner points of N + 2; false: N centres, both ends included.
struct RadialEmbedding {
  double start = 0.0;
  double end = 1.0;
  int number = 8;
  RadialBasis basis = RadialBasis::smooth_finite;
  bool cutoff = true;
};

/// out[i] = function i at x with derivatives, i < number. Everywhere finite: bessel at r = 0 is its limit i pi/c
/// sqrt(2/c) (e3nn divides by zero there). At the jumps of a cutoff the outside value counts.
/// @throws coset::Error unless start < end, number >= 1 (>= 2 for centres without cutoff), out.size() = number
void evaluate(const RadialEmbedding& embedding, double x, std::span<RadialValue> out);

/// u(t) = exp(-1/t) for t > 0, else 0: smooth everywhere, every derivative 0 at 0.
RadialValue soft_unit_step(double t);

/// 1 - (p+1)(p+2)/2 t^p + p(p+2) t^{p+1} - p(p+1)/2 t^{p+2} for t = r/r_max < 1, else 0: value, slope and curvature
/// vanish at r_max. @throws coset::Error unless p >= 2 and r_max > 0
RadialValue polynomial_cutoff(double r, double r_max, double p = 6.0);

}  // namespace coset::kernel
