#include "coset/math/natural.h"

#include <algorithm>
#include <cmath>

#include "coset/base/error.h"

namespace coset::math {

Natural::Natural(std::uint32_t value) {
  if (value != 0) digits_.push_back(value);
}

void Natural::trim() {
  while (!digits_.empty() && digits_.back() == 0) digits_.pop_back();
}

bool Natural::operator<(const Natural& other) const {
  if (digits_.size() != other.digits_.size()) return digits_.size() < other.digits_.size();
  return std::lexicographical_compare(digits_.rbegin(), digits_.rend(), other.digits_.rbegin(), other.digits_.rend());
}

Natural& Natural::operator+=(const Natural& other) {
  digits_.resize(std::max(digits_.size(), other.digits_.size()), 0);
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < digits_.size(); ++i) {
    carry += digits_[i];
    if (i < other.digits_.size()) carry += other.digits_[i];
    digits_[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) digits_.push_back(static_cast<std::uint32_t>(carry));
  return *this;
}

Natural& Natural::operator-=(const Natural& other) {
  COSET_ASSERT(!(*this < other));
  std::int64_t borrow = 0;
  for (std::size_t i = 0; i < digits_.size(); ++i) {
    std::int64_t difference = static_cast<std::int64_t>(digits_[i]) - borrow;
    if (i < other.digits_.size()) difference -= static_cast<std::int64_t>(other.digits_[i]);
    borrow = difference < 0 ? 1 : 0;
    digits_[i] = static_cast<std::uint32_t>(difference);
  }
  trim();
  return *this;
}

Natural& Natural::operator*=(std::uint32_t factor) {
  std::uint64_t carry = 0;
  for (std::uint32_t& digit : digits_) {
    carry += static_cast<std::uint64_t>(digit) * factor;
    digit = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) digits_.push_back(static_cast<std::uint32_t>(carry));
  trim();
  return *this;
}

Natural& Natural::operator/=(std::uint32_t divisor) {
  COSET_ASSERT(divisor > 0);
  std::uint64_t rest = 0;
  for (std::size_t i = digits_.size(); i-- > 0;) {
    rest = (rest << 32) | digits_[i];
    digits_[i] = static_cast<std::uint32_t>(rest / divisor);
    rest %= divisor;
  }
  trim();
  return *this;
}

long double Natural::to_long_double() const {
  // The three leading digits carry more than the 64 bits of the mantissa.
  long double value = 0.0L;
  const std::size_t first = digits_.size() > 3 ? digits_.size() - 3 : 0;
  for (std::size_t i = digits_.size(); i-- > first;)
    value = value * 4294967296.0L + static_cast<long double>(digits_[i]);
  return std::ldexp(value, static_cast<int>(32 * first));
}

Natural binomial(int n, int k) {
  if (k < 0 || k > n) return Natural();
  Natural value(1);
  for (int i = 1; i <= std::min(k, n - k); ++i) {
    value *= static_cast<std::uint32_t>(n - i + 1);
    value /= static_cast<std::uint32_t>(i);
  }
  return value;
}

}  // namespace coset::math
