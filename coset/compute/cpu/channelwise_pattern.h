/// Which entries of M[k, i] = sum_j C_{ijk} y[j] can differ from zero, known at compile time.
///
/// In the real basis, position l + m goes with cos(m a) for m >= 0 and sin(|m| a) for m < 0. The integral of three such
/// functions vanishes unless |m1|, |m2|, |m3| are a sum of two and the number of sines is even; for l1 + l2 + l3 odd
/// the number is odd.
#pragma once

#include <cstdint>

namespace coset::compute {

constexpr int magnitude(int m) {
  return m < 0 ? -m : m;
}

constexpr bool pair_possible(int l1, int l2, int l3, int k, int i) {
  const int m1 = i - l1;
  const int m3 = k - l3;
  const bool sine = ((m1 < 0) != (m3 < 0)) != ((l1 + l2 + l3) % 2 != 0);
  const int sum = magnitude(m1) + magnitude(m3);
  const int difference = magnitude(magnitude(m1) - magnitude(m3));
  return (sum <= l2 && !(sine && sum == 0)) || (difference <= l2 && !(sine && difference == 0));
}

/// Number of possible pairs before (k, i), row by row; before (2 l3 + 1, 0): of all.
constexpr int pair_number(int l1, int l2, int l3, int k, int i) {
  int number = 0;
  for (int a = 0; a <= k; ++a)
    for (int b = 0; b < (a < k ? 2 * l1 + 1 : i); ++b) number += pair_possible(l1, l2, l3, a, b) ? 1 : 0;
  return number;
}

constexpr int pair_count(int l1, int l2, int l3) {
  return pair_number(l1, l2, l3, 2 * l3, 2 * l1 + 1);
}

/// pair_number of every (k, i), -1 where M is zero: what unrolled code reads, so that every index is a constant.
template <int l1, int l2, int l3>
struct PairTable {
  int number[2 * l3 + 1][2 * l1 + 1] = {};

  constexpr PairTable() {
    int next = 0;
    for (int k = 0; k < 2 * l3 + 1; ++k)
      for (int i = 0; i < 2 * l1 + 1; ++i) number[k][i] = pair_possible(l1, l2, l3, k, i) ? next++ : -1;
  }
};
template <int l1, int l2, int l3>
inline constexpr PairTable<l1, l2, l3> kPairTable{};

/// Degrees with code of their own; higher ones run the generic loops. Instrumented code of all of them takes the
/// compiler minutes, and differs in nothing but the constants.
#if defined(__SANITIZE_ADDRESS__) && !defined(COSET_SANITIZE_EVERY_DEGREE)
inline constexpr int kUnrolledDegree = 1;
#else
inline constexpr int kUnrolledDegree = 3;
#endif

constexpr bool unrolled(int l1, int l2, int l3) {
  return l1 <= kUnrolledDegree && l2 <= kUnrolledDegree && l3 <= kUnrolledDegree && l3 <= l1 + l2 &&
         l3 >= magnitude(l1 - l2);
}

}  // namespace coset::compute
