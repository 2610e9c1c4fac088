/// Small discrete Fourier transforms, any length.
///
///   forward   X_k = sum_j x_j exp(-2 pi i j k / n)        backward   x_j = sum_k X_k exp(+2 pi i j k / n)
///
/// Unnormalised both ways: backward(forward(x)) = n x.
/// @cost O(n log n) for n of small prime factors, O(n p) per prime p
/// Source: Cooley and Tukey, Math. Comp. 19 (1965) 297, in Eigen's KissFFT.
#pragma once

#include <complex>
#include <cstdint>
#include <span>

namespace coset::math {

enum class FftSign { forward, backward };

/// `values` holds rows of `n` numbers; each row is transformed in place.
/// @throws coset::Error unless n >= 1 divides the size
void fft_rows(std::span<std::complex<double>> values, std::int64_t n, FftSign sign);

/// One (n0, n1) array transformed in place along both axes.
/// @throws coset::Error unless there are n0 n1 values
void fft_plane(std::span<std::complex<double>> values, std::int64_t n0, std::int64_t n1, FftSign sign);

/// The sums above as they stand, O(n^2): what the tests measure the fast transform against.
/// @throws coset::Error when the sizes differ
void dft_direct(std::span<const std::complex<double>> in, std::span<std::complex<double>> out, FftSign sign);

}  // namespace coset::math
