/// Factorials in extended precision: the shared table behind Clebsch-Gordan coefficients and harmonics.
/// Source: NIST Digital Library of Mathematical Functions, 5.4 (factorial, double factorial).
#pragma once

namespace coset::math {

/// Largest n whose factorial fits a long double (64-bit mantissa, 15-bit exponent).
inline constexpr int kMaxFactorial = 1754;

/// n!, relative error below n 2^-64. @throws coset::Error unless 0 <= n <= kMaxFactorial  @cost O(1)
long double factorial(int n);

/// n (n-2) (n-4) ... down to 1 or 2; 1 for n = 0 and n = -1. @throws coset::Error unless -1 <= n <= kMaxFactorial
long double double_factorial(int n);

}  // namespace coset::math
