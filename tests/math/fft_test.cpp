#include "coset/math/fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::math {
namespace {

using laws::distance;
using laws::kAlgebra;
using laws::kControlFactor;
using Complex = std::complex<double>;

std::vector<Complex> signal(std::int64_t n) {
  std::vector<Complex> x;
  for (std::int64_t i = 0; i < n; ++i)
    x.emplace_back(std::sin(1.0 + 3.0 * static_cast<double>(i * i % 17)), std::cos(static_cast<double>(i)));
  return x;
}

std::vector<double> parts(const std::vector<Complex>& x) {
  std::vector<double> list;
  for (const Complex& z : x) list.insert(list.end(), {z.real(), z.imag()});
  return list;
}

TEST(Fft, EqualsTheDirectSumAtEveryLength) {
  for (const std::int64_t n : {1, 2, 3, 4, 5, 7, 8, 13, 19, 30, 64, 97, 128})
    for (const FftSign sign : {FftSign::forward, FftSign::backward}) {
      const auto x = signal(n);
      auto fast = x;
      std::vector<Complex> direct(x.size());
      fft_rows(fast, n, sign);
      dft_direct(x, direct, sign);
      EXPECT_LT(distance(parts(fast), parts(direct)), kAlgebra) << n;
      if (n > 2) {
        dft_direct(x, direct, sign == FftSign::forward ? FftSign::backward : FftSign::forward);
        EXPECT_GT(distance(parts(fast), parts(direct)), kControlFactor * kAlgebra) << n;
      }
    }
}

TEST(Fft, PlanesTransformBothAxes) {
  const std::int64_t n0 = 6;
  const std::int64_t n1 = 5;
  const auto x = signal(n0 * n1);
  auto fast = x;
  fft_plane(fast, n0, n1, FftSign::forward);
  std::vector<Complex> direct(x.size());
  for (std::int64_t k = 0; k < n0; ++k)
    for (std::int64_t q = 0; q < n1; ++q)
      for (std::int64_t i = 0; i < n0; ++i)
        for (std::int64_t j = 0; j < n1; ++j)
          direct[k * n1 + q] +=
              x[i * n1 + j] *
              std::polar(1.0, -2 * M_PI * (static_cast<double>(i * k) / n0 + static_cast<double>(j * q) / n1));
  EXPECT_LT(distance(parts(fast), parts(direct)), kAlgebra);
  fft_plane(fast, n0, n1, FftSign::backward);
  for (Complex& z : fast) z /= static_cast<double>(n0 * n1);
  EXPECT_LT(distance(parts(fast), parts(x)), kAlgebra);
}

TEST(Fft, RefusesRowsThatDoNotFit) {
  std::vector<Complex> x(6);
  EXPECT_THROW(fft_rows(x, 4, FftSign::forward), Error);
  EXPECT_THROW(fft_rows(x, 0, FftSign::forward), Error);
  EXPECT_THROW(fft_plane(x, 2, 4, FftSign::forward), Error);
}

}  // namespace
}  // namespace coset::math
