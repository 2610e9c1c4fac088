/// The equiangular grid on the sphere and its exact quadrature.
///
///   beta_i = pi (i + 1/2)/N, i < N        alpha_j = 2 pi j/M, j < M        points (sin b sin a, cos b, sin b cos a)
///   integral over the sphere of f = sum_ij (2 pi/M) weight_i f_ij, exact for band-limited f of degree <= N - 1 and |m|
///   < M
///
/// Source: Driscoll and Healy 1994; Kostelec and Rockmore 2008, equation 3.1, shifted half a step.
#pragma once

#include <vector>

namespace coset::math {

struct SphereGrid {
  std::vector<double> beta;    ///< (N) polar angles, never a pole
  std::vector<double> alpha;   ///< (M) azimuths
  std::vector<double> weight;  ///< (N) sum 2: the integral of sin beta d beta
};

/// @throws coset::Error unless res_beta >= 2 is even and res_alpha >= 1  @cost O(N^2)
SphereGrid sphere_grid(int res_beta, int res_alpha);

/// The weights alone: w_i = (2/b) sin(pi (2i+1)/(4b)) sum_{k<b} sin((2i+1)(2k+1) pi/(4b))/(2k+1), N = 2b.
std::vector<double> sphere_quadrature(int res_beta);

}  // namespace coset::math
