/// Fourier transform on SO(3) in the real basis, and what it turns group operations into.
///
/// Conventions: docs/conventions.md#fourier-so3. With the Haar measure of total mass 1,
///   f^l_mn = integral f(g) D^l_mn(g) dg                f(g) = sum_l (2l+1) sum_mn f^l_mn D^l_mn(g)
/// Coefficients: blocks l = 0 .. lmax one after the other, each row-major (2l+1, 2l+1) (m, n). Samples: row-major
/// (alpha, beta, gamma) on alpha_j = gamma_j = 2 pi j/M, beta_i = pi (i + 1/2)/N with weights w_i/(2 M^2); exact for
/// lmax < N/2 and 2 lmax < M. The SOFT grid of bandwidth b is N = M = 2b.
///   left shift   (L_h f)(g) = f(h^-1 g)                D(h) f^l
///   right shift  (R_h f)(g) = f(g h)                   f^l D(h)^T
///   correlation  (k * f)(g) = integral k(g^-1 h) f(h) dh       f^l (k^l)^T
/// Source: Kostelec and Rockmore, FFTs on the rotation group (2008).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coset/math/sphere_grid.h"
#include "coset/rep/rotation.h"

namespace coset::rep {

/// sum over l <= lmax of (2l+1)^2.
std::int64_t so3_size(int lmax);
/// Start of block l.
inline std::int64_t so3_offset(int l) {
  return so3_size(l - 1);
}

/// The transform as tables: the grid (alpha serves gamma too) and d^l_mn(beta_i) of the textbook (ZYZ, Condon-Shortley)
/// matrix, laid out like coefficients for each beta.
struct So3Transform {
  int lmax = 0;
  math::SphereGrid grid;
  std::vector<double> small_d;  ///< (res_beta, so3_size(lmax))
};

/// @throws coset::Error unless res_beta >= 2 (lmax + 1) is even and res_alpha > 2 lmax  @cost O(res_beta lmax^4)
So3Transform make_so3_transform(int lmax, int res_beta, int res_alpha);
/// The SOFT grid of bandwidth lmax + 1.
So3Transform make_so3_transform(int lmax);

/// Coefficients of samples and samples of coefficients by 2-D FFTs over (alpha, gamma).
/// @cost O(N (M^2 log M + lmax^3))
std::vector<double> so3_forward(const So3Transform& transform, std::span<const double> samples);
std::vector<double> so3_inverse(const So3Transform& transform, std::span<const double> coefficients);

/// The defining sums with D evaluated at every grid point: the oracle. O(N M^2 lmax^3)
std::vector<double> so3_forward_direct(const So3Transform& transform, std::span<const double> samples);
std::vector<double> so3_inverse_direct(const So3Transform& transform, std::span<const double> coefficients);

/// f(g) of a band-limited function at one rotation. O(lmax^4)
double so3_evaluate(int lmax, std::span<const double> coefficients, EulerAngles g);

std::vector<double> so3_left_shift(int lmax, std::span<const double> coefficients, std::span<const double, 9> h);
std::vector<double> so3_right_shift(int lmax, std::span<const double> coefficients, std::span<const double, 9> h);
/// k * f.
std::vector<double> so3_correlate(int lmax, std::span<const double> k, std::span<const double> f);
/// Lifting: k, f on the sphere as coefficients of orthonormal (`integral`) harmonics, (lmax+1)^2 numbers each;
/// (k * f)(g) = integral k(g^-1 x) f(x) dx over the sphere, coefficients f^l (k^l)^T/(2l+1).
std::vector<double> so3_lift(int lmax, std::span<const double> k, std::span<const double> f);

}  // namespace coset::rep
