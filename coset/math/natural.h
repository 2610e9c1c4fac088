/// Natural numbers of any size: just enough exact arithmetic for alternating sums of binomial products.
///
/// Racah's sum for Clebsch-Gordan coefficients loses 7 digits at degree 30 and 19 at degree 100; its terms are
/// integers, so summing them exactly removes the question.
#pragma once

#include <cstdint>
#include <vector>

namespace coset::math {

class Natural {
 public:
  Natural() = default;
  explicit Natural(std::uint32_t value);

  Natural& operator+=(const Natural& other);
  Natural& operator-=(const Natural& other);  ///< requires *this >= other
  Natural& operator*=(std::uint32_t factor);
  Natural& operator/=(std::uint32_t divisor);  ///< floor; exact when the divisor divides *this. Requires divisor > 0

  bool is_zero() const { return digits_.empty(); }
  bool operator==(const Natural&) const = default;
  bool operator<(const Natural& other) const;

  long double to_long_double() const;  ///< relative error below 2^-62; infinity beyond the type's range

 private:
  void trim();

  std::vector<std::uint32_t> digits_;  // base 2^32, least significant first, no leading zero
};

/// n over k, 0 outside 0 <= k <= n. @cost O(k) multiplications of an O(n)-bit number
Natural binomial(int n, int k);

}  // namespace coset::math
