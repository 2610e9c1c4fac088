/// Random numbers with a stated bit stream, so that data sets, shuffles and initial weights are the same everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace coset {

/// numpy's legacy stream (numpy.random.seed(s) with an integer s): MT19937 with the scalar initialisation, 53-bit
/// doubles, Marsaglia's polar method with a cached second value, masked rejection for integers.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed);

  std::uint32_t next_u32();
  /// Uniform on [0, 1): ((a >> 5) 2^26 + (b >> 6)) / 2^53 of two draws a, b.
  double uniform();
  /// Standard normal; every second call returns the cached partner of the call before.
  double normal();
  /// Uniform integer on [0, bound], by masked rejection; requires bound < 2^32 - 1.
  std::uint32_t integer(std::uint32_t bound);
  /// A permutation of 0 .. n-1, equal to numpy.random.permutation(n). O(n)
  /// @throws coset::Error unless 0 <= n < 2^32 - 1
  std::vector<std::int64_t> permutation(std::int64_t n);

 private:
  std::array<std::uint32_t, 624> state_{};
  int position_ = 624;
  bool has_cached_ = false;
  double cached_ = 0.0;
};

/// Derives an independent 64-bit seed for `stream` from one user seed (splitmix64), so that weights, shuffles and
/// augmentation do not share a stream.
std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream);

/// A permutation of 0 .. n-1 that depends on (seed, epoch) alone: an interrupted run repeats it without stored state.
/// @throws coset::Error unless 0 <= n < 2^32 - 1
std::vector<std::int64_t> shuffled_indices(std::int64_t n, std::uint64_t seed, std::uint64_t epoch);

}  // namespace coset
