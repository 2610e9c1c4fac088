#include "coset/math/fft.h"

#include <cmath>
#include <unsupported/Eigen/FFT>
#include <vector>

#include "coset/base/error.h"

namespace coset::math {
namespace {

using Complex = std::complex<double>;

// Eigen's kiss_fft keeps its twiddle factors in the object and needs separate input and output.
void fft_row(Complex* row, std::int64_t n, FftSign sign, std::vector<Complex>& copy) {
  thread_local Eigen::FFT<double> fft(Eigen::FFT<double>::impl_type(), Eigen::FFT<double>::Unscaled);
  copy.assign(row, row + n);
  if (sign == FftSign::forward)
    fft.fwd(row, copy.data(), n);
  else
    fft.inv(row, copy.data(), n);
}

}  // namespace

void fft_rows(std::span<Complex> values, std::int64_t n, FftSign sign) {
  const auto size = static_cast<std::int64_t>(values.size());
  check(n >= 1 && size % n == 0,
        "[math::fft_rows] expected a row length n >= 1 that divides the size; received n = ", n, ", size = ", size);
  if (n == 1) return;
  std::vector<Complex> copy;
  for (std::int64_t start = 0; start < size; start += n) fft_row(values.data() + start, n, sign, copy);
}

void fft_plane(std::span<Complex> values, std::int64_t n0, std::int64_t n1, FftSign sign) {
  check(static_cast<std::int64_t>(values.size()) == n0 * n1, "[math::fft_plane] expected ", n0, " x ", n1,
        " values; received ", values.size());
  fft_rows(values, n1, sign);
  std::vector<Complex> turned(values.size());
  for (std::int64_t i = 0; i < n0; ++i)
    for (std::int64_t j = 0; j < n1; ++j) turned[j * n0 + i] = values[i * n1 + j];
  fft_rows(turned, n0, sign);
  for (std::int64_t i = 0; i < n0; ++i)
    for (std::int64_t j = 0; j < n1; ++j) values[i * n1 + j] = turned[j * n0 + i];
}

void dft_direct(std::span<const Complex> in, std::span<Complex> out, FftSign sign) {
  check(in.size() == out.size(), "[math::dft_direct] expected equal sizes; received ", in.size(), " and ", out.size());
  const std::size_t n = in.size();
  const double turn = (sign == FftSign::forward ? -2 : 2) * M_PI / static_cast<double>(n);
  for (std::size_t k = 0; k < n; ++k) {
    out[k] = 0.0;
    for (std::size_t j = 0; j < n; ++j) out[k] += in[j] * std::polar(1.0, turn * static_cast<double>(j * k % n));
  }
}

}  // namespace coset::math
