/// Real spherical harmonics of one vector, any degree: the scalar reference that the fast kernels are tested against.
///
/// Conventions: docs/conventions.md#spherical-harmonics. Polar axis y, azimuth atan2(x, z), no Condon-Shortley phase,
/// degree l at positions l^2 .. (l+1)^2 - 1, order m = -l .. l at l^2 + l + m, so that component Y^1 = sqrt(3) (x, y,
/// z):
///
///   Y_{l,m} (integral) = sqrt((2l+1)/(4 pi) (l-|m|)!/(l+|m|)!) P_l^{|m|}(y) {sqrt2 sin(|m| a), 1, sqrt2 cos(m a)}
///
/// Source: e3nn.o3.spherical_harmonics.
#pragma once

#include <span>
#include <vector>

namespace coset::rep {

enum class HarmonicsNormalization {
  component,  ///< |Y^l|^2 = 2l + 1 on the sphere (mean square of a component 1); Y^0 = 1
  norm,       ///< |Y^l| = 1 on the sphere
  integral,   ///< orthonormal: integral of Y_lm^2 over the sphere 1
};

struct HarmonicsOptions {
  HarmonicsNormalization normalization = HarmonicsNormalization::component;
  /// true: Y(v / |v|) of every finite vector; the zero vector: Y^0, then zeros, every derivative 0.
  /// false: solid harmonics, homogeneous polynomials of degree l in v.
  bool normalize = true;
};

/// Number of harmonics of degrees 0 .. lmax.
constexpr int harmonics_size(int lmax) {
  return (lmax + 1) * (lmax + 1);
}

/// Y^0 .. Y^lmax of v, (lmax+1)^2 numbers. @throws coset::Error unless lmax >= 0  @cost O(lmax^2)
std::vector<double> spherical_harmonics(int lmax, std::span<const double, 3> v, const HarmonicsOptions& options = {});

/// Values (M), Jacobian d Y_k / d v_i (M, 3), second derivatives d2 Y_k / d v_i d v_j (M, 3, 3), row-major.
struct HarmonicsDerivatives {
  std::vector<double> values;
  std::vector<double> jacobian;
  std::vector<double> hessian;
};
HarmonicsDerivatives spherical_harmonics_derivatives(int lmax, std::span<const double, 3> v,
                                                     const HarmonicsOptions& options = {});

/// The factors of Y_{l,m} (integral) in angles: Y_{l,m}(alpha, beta) = legendre[l^2 + l + m] * azimuthal[lmax + m].
/// legendre: (lmax+1)^2 numbers that depend on |m| only; azimuthal: sqrt2 sin lmax a .. 1 .. sqrt2 cos lmax a.
std::vector<double> legendre_factors(int lmax, double beta);
std::vector<double> azimuthal_factors(int lmax, double alpha);

}  // namespace coset::rep
