/// Signals on the sphere as coefficient vectors: build them from directions, evaluate them, hand them to other
/// conventions.
///
/// f(p) = sum_lm x_lm Y_lm(p / |p|) with orthonormal (`integral`) real harmonics, index l^2 + l + m, (lmax+1)^2
/// coefficients. Points are rows (x, y, z) of any length but zero. Source:
/// e3nn.io.SphericalTensor.
#pragma once

#include <complex>
#include <span>
#include <vector>

#include "coset/rep/fourier_s2.h"

namespace coset::rep {

/// f at each of the n points (n, 3). O(n lmax^2)
std::vector<double> signal_at(int lmax, std::span<const double> coefficients, std::span<const double> points);

/// 4 pi/(lmax+1)^2 sum_i value_i Y(p_i): the band-limited picture of peaks, each of height value_i where it stands
/// alone.
std::vector<double> sum_of_diracs(int lmax, std::span<const double> points, std::span<const double> values);

/// The smallest signal (least norm) with f(p_i) = value_i. @throws coset::Error when no signal of this lmax has these
/// values (more points than it resolves, or two values at one point) to 1e-8 of the largest  @cost O(n^3)
std::vector<double> with_peaks_at(int lmax, std::span<const double> points, std::span<const double> values);

/// Gives each grid point of `transform` (normalization integral) the value of the nearest sample. O(res^2 n)
std::vector<double> from_samples(const SphereTransform& transform, std::span<const double> points,
                                 std::span<const double> values);

/// The same function in complex Condon-Shortley harmonics of textbook axes (X, Y, Z) = (z, x, y), as scipy and
/// lie_learn have them: f = sum_lm c_lm Y^c_lm, c_{l,-m} = (-1)^m conj(c_lm). to_real keeps the real part of the
/// function.
std::vector<std::complex<double>> to_complex(int lmax, std::span<const double> coefficients);
std::vector<double> to_real(int lmax, std::span<const std::complex<double>> coefficients);

}  // namespace coset::rep
