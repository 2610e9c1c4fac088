/// Fourier transform on the sphere: coefficients of real harmonics <-> samples on the equiangular grid.
///
/// Conventions: docs/conventions.md#fourier-s2, e3nn's ToS2Grid and FromS2Grid. With Y in `integral` normalisation,
///   to_grid     f_ij = sum_l n_l sum_m x_lm Y_lm(alpha_j, beta_i)
///   from_grid   x_lm = n'_l sum_ij w_i/(2 M) f_ij Y_lm(alpha_j, beta_i)
///
///   normalization   n_l                            n'_l
///   component       sqrt(4 pi/((2l+1) (lmax+1)))   sqrt(4 pi (2l+1) (lmax_in+1))
///   norm            sqrt(4 pi/(lmax+1))            sqrt(4 pi (lmax_in+1))
///   integral        1                              4 pi
///
/// With `component`, coefficients of unit variance give a signal of unit variance; with `norm`, degrees of unit norm
/// do; `integral` is the plain Fourier series.
///
/// Source: e3nn.o3.ToS2Grid, FromS2Grid.
#pragma once

#include <span>
#include <vector>

#include "coset/math/sphere_grid.h"
#include "coset/rep/spherical_harmonics.h"

namespace coset::rep {

struct SphereTransformOptions {
  int lmax = 0;
  int res_beta = 0;   ///< even, >= 2 (lmax + 1); 0: 2 (lmax + 1)
  int res_alpha = 0;  ///< 0: max(2 lmax + 1, res_beta - 1)
  HarmonicsNormalization normalization = HarmonicsNormalization::component;
  int lmax_in = -1;  ///< degree of the signal whose scale from_grid undoes; -1: lmax
};

/// The transform as tables; the polar tables carry n_l, and w_i n'_l/(2 M). Index l^2 + l + m, azimuth index lmax + m.
struct SphereTransform {
  int lmax = 0;
  math::SphereGrid grid;
  std::vector<double> to_polar;    ///< (res_beta, (lmax+1)^2)
  std::vector<double> from_polar;  ///< (res_beta, (lmax+1)^2)
  std::vector<double> azimuthal;   ///< (res_alpha, 2 lmax + 1): sqrt2 sin |m| a, 1, sqrt2 cos m a
};

/// @throws coset::Error unless the grid resolves lmax  @cost O(res_beta lmax^2)
SphereTransform make_sphere_transform(const SphereTransformOptions& options);

/// Samples (res_beta, res_alpha) of the signal with `coefficients` ((lmax+1)^2). Azimuth by FFT where res_alpha >= 2
/// lmax+1.
/// @cost O(res_beta (lmax^2 + res_alpha log res_alpha))
std::vector<double> to_grid(const SphereTransform& transform, std::span<const double> coefficients);
std::vector<double> from_grid(const SphereTransform& transform, std::span<const double> samples);

/// The same sums as they stand, harmonic by harmonic at every point: the oracle of the two above. O(res^2 lmax^2)
std::vector<double> to_grid_direct(const SphereTransform& transform, std::span<const double> coefficients);
std::vector<double> from_grid_direct(const SphereTransform& transform, std::span<const double> samples);

}  // namespace coset::rep
