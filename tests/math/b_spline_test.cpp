#include "coset/math/b_spline.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::math {
namespace {

/// The definition with truncated powers: fine at low order, unstable at high.
double truncated_powers(int n, double x) {
  double sum = 0.0, binomial = 1.0, factorial = 1.0;
  for (int k = 2; k <= n; ++k) factorial *= k;
  for (int k = 0; k <= n + 1; ++k) {
    const double t = x + (n + 1) / 2.0 - k;
    if (t >= 0.0) sum += (k % 2 ? -1.0 : 1.0) * binomial * (n == 0 ? 1.0 : std::pow(t, n));
    binomial *= static_cast<double>(n + 1 - k) / (k + 1);
  }
  return sum / factorial;
}

TEST(BSpline, PiecesAndRecursionAreTheDefinition) {
  for (int n = 0; n <= 6; ++n)
    for (double x = -4.03; x < 4.0; x += 0.11)
      EXPECT_NEAR(b_spline(n, x), truncated_powers(n, x), laws::kAlgebra) << n << " " << x;
  EXPECT_EQ(b_spline(2, 0.0), 0.75);
  EXPECT_EQ(b_spline(2, 1.0), 0.125);
  EXPECT_EQ(b_spline(2, -1.0), 0.125);
}

TEST(BSpline, TranslatesSumToOneAndTheIntegralIsOne) {
  for (int n : {0, 1, 2, 3, 4, 9}) {
    for (double x : {0.0, 0.2, 0.49, 0.77}) {
      double sum = 0.0;
      for (int j = -8; j <= 8; ++j) sum += b_spline(n, x - j);
      EXPECT_NEAR(sum, 1.0, laws::kAlgebra) << n;
    }
    double integral = 0.0;  // a fine midpoint sum is a sum of partitions of unity
    for (int i = -800; i < 800; ++i) integral += b_spline(n, (i + 0.5) / 100.0) / 100.0;
    EXPECT_NEAR(integral, 1.0, laws::kAlgebra) << n;
  }
}

TEST(BSpline, Derivative) {
  for (int n : {2, 3, 5})
    for (double x : {-1.2, 0.1, 0.7, 1.9})
      EXPECT_NEAR(b_spline_derivative(n, x), (b_spline(n, x + 1e-5) - b_spline(n, x - 1e-5)) / 2e-5, laws::kGradient);
  EXPECT_THROW(b_spline(-1, 0.0), Error);
}

}  // namespace
}  // namespace coset::math
