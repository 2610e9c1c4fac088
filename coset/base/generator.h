/// A generator of random numbers with a 64-bit seed, the same numbers on every machine: for initial states, tests of
/// symmetry and whatever need not repeat numpy (base/random.h does that).
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace coset {

/// MT19937-64 (Matsumoto and Nishimura 2000) behind distributions that are fixed here: the standard leaves
/// std::normal_distribution and its kind to each library.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  /// Uniform on [0, 1): one draw over 2^64, rounded down where it would reach 1.
  double uniform();
  /// Standard normal, by Marsaglia's polar method; every second call returns the cached partner of the call before.
  double normal();
  std::vector<double> normals(std::int64_t count);
  /// Uniform on 0 .. bound - 1, by rejection. @throws coset::Error unless bound >= 1
  std::int64_t integer(std::int64_t bound);
  /// A permutation of 0 .. n-1 (Fisher and Yates). @throws coset::Error unless n >= 0
  std::vector<std::int64_t> permutation(std::int64_t n);

 private:
  std::mt19937_64 engine_;
  bool has_cached_ = false;
  double cached_ = 0.0;
};

}  // namespace coset
