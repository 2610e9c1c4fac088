#include "coset/base/random.h"

#include <numeric>
#include <tuple>
#include <utility>

#include "coset/base/error.h"
#include "coset/base/polar_method.h"

namespace coset {

NumpyRandom::NumpyRandom(std::uint32_t seed) {
  state_[0] = seed;
  for (std::uint32_t i = 1; i < state_.size(); ++i)
    state_[i] = 1812433253U * (state_[i - 1] ^ (state_[i - 1] >> 30U)) + i;
}

std::uint32_t NumpyRandom::next_u32() {
  constexpr int n = 624;
  constexpr int m = 397;
  if (position_ == n) {
    for (int i = 0; i < n; ++i) {
      const std::uint32_t y = (state_[i] & 0x80000000U) | (state_[(i + 1) % n] & 0x7fffffffU);
      state_[i] = state_[(i + m) % n] ^ (y >> 1U) ^ ((y & 1U) ? 0x9908b0dfU : 0U);
    }
    position_ = 0;
  }
  std::uint32_t y = state_[position_++];
  y ^= y >> 11U;
  y ^= (y << 7U) & 0x9d2c5680U;
  y ^= (y << 15U) & 0xefc60000U;
  return y ^ (y >> 18U);
}

double NumpyRandom::uniform() {
  const std::uint32_t high = next_u32() >> 5U;
  const std::uint32_t low = next_u32() >> 6U;
  return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) / 9007199254740992.0;
}

double NumpyRandom::normal() {
  if (std::exchange(has_cached_, false)) return cached_;
  has_cached_ = true;
  double value = 0.0;
  std::tie(value, cached_) = polar_normals([this] { return uniform(); });
  return value;
}

std::uint32_t NumpyRandom::integer(std::uint32_t bound) {
  std::uint32_t mask = bound;
  for (std::uint32_t shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
  std::uint32_t value = 0;
  do value = next_u32() & mask;
  while (value > bound);
  return value;
}

std::vector<std::int64_t> NumpyRandom::permutation(std::int64_t n) {
  check(n >= 0 && n < 0xffffffffLL, "[NumpyRandom::permutation] expected 0 <= n < 2^32 - 1; received ", n);
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = n - 1; i >= 1; --i) std::swap(order[i], order[integer(static_cast<std::uint32_t>(i))]);
  return order;
}

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t z = seed + 0x9e3779b97f4a7c15ULL * (stream + 1);
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31U);
}

std::vector<std::int64_t> shuffled_indices(std::int64_t n, std::uint64_t seed, std::uint64_t epoch) {
  return NumpyRandom(static_cast<std::uint32_t>(derive_seed(seed, epoch))).permutation(n);
}

}  // namespace coset
