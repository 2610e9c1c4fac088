/// The kernel constraint of steerable fields in the plane, K(g x) = rho_out(g) K(x) rho_in(g)^-1, solved in polar
/// coordinates.
///
/// K = R(r) kappa(phi) with any radial profile R; kappa is a trigonometric polynomial with matrix values. Between
/// irreps of frequencies n (in) and m (out), psi(a) the rotation by a, chi = diag(1, -1):
///
///   2 -> 2   psi(mu phi + gamma) chi^s, s = 0, 1, mu = m - (-1)^s n          gamma in {0, pi/2}
///   2 -> 1   (cos(n phi + gamma), sin(n phi + gamma))       1 -> 2   its transpose with m       1 -> 1   1
///
/// C_N adds every mu + t N within the band limit; with mirrors (D_N, O(2); the axis of the mirror is phi = 0) parity
/// leaves one gamma of the two. Angles: phi = atan2(column, row) offset, so that x = r (cos phi, sin phi) on (row,
/// column) axes. Fields of other types (regular, quotient, direct sums) are decomposed into irreps, solved, and changed
/// back. Source: Weiler and Cesa, arXiv 1911.08251, section 2 and appendix; constraint re-derived.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/rep/grid_representation.h"

namespace coset::kernel {

/// kappa(phi) = cosine cos(frequency phi) + sine sin(frequency phi), matrices (out, in) row-major.
struct AngularKernel {
  std::int64_t frequency = 0;
  std::int64_t out = 0, in = 0;
  std::vector<double> cosine, sine;
  std::int64_t irrep = 0;  ///< dimension of the output irrep that it reaches

  std::vector<double> at(double phi) const;
  bool operator==(const AngularKernel&) const = default;
};

/// A basis of all solutions with frequency <= band_limit, by frequency. The group is the symmetry: C_N or D_N; grids
/// so2:N and o2:N stand for SO(2) and O(2) only up to frequencies N/2 - n - m.
std::vector<AngularKernel> steerable_basis(const group::GroupGrid& group, const rep::GridRepresentation& in,
                                           const rep::GridRepresentation& out, std::int64_t band_limit);

/// max over g of |kappa(phi_g(phi)) - rho_out(g) kappa(phi) rho_in(g)^-1| at sampled angles.
double constraint_error(const group::GroupGrid& group, const rep::GridRepresentation& in,
                        const rep::GridRepresentation& out, const AngularKernel& kernel);

/// Gaussian rings exp(-(r - R_i)^2 / (2 sigma_i^2)) on which steerable kernels live.
struct Rings {
  std::vector<double> radius, sigma;
  std::vector<std::int64_t> band_limit;  ///< highest frequency per ring

  /// Radii linspace(0, floor((size-1)/2), ceil(size/2)), sigma 0.6 but 0.4 on the last and 0.005 on the centre ring;
  /// band limit 0 at the centre, else min(2r, 2 on the outermost ring, 2r - (r+1) mod 2 elsewhere).
  /// @throws coset::Error on an even size or one below 3  @source Weiler and Cesa 2019, appendix; e2cnn
  static Rings standard(std::int64_t size);
  /// The same radii with floor(frequencies r) waves at radius r and one width for all but the centre: the other choice
  /// of band limit, F_max growing with the ring; 1 and 0.45 in the published CIFAR and STL-10 networks.
  /// @throws coset::Error on an even size, negative frequencies or sigma <= 0.  @source Weiler and Cesa 2019; e2cnn
  static Rings proportional(std::int64_t size, double frequencies, double sigma = 0.6);
};

}  // namespace coset::kernel
