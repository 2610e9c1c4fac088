#include "coset/train/adam_kernel.h"

#include <cmath>

// This file is compiled without fused multiply-add and without errno (CMakeLists.txt): vector square roots, and one
// result for every instruction set. Sanitizers do not go together with clones.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define COSET_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define COSET_CLONES
#endif

namespace coset::train {

namespace {

template <class T>
[[gnu::always_inline]] inline void update(const AdamStep<T>& s, std::int64_t n, const T* __restrict g, T* __restrict w,
                                          T* __restrict m, T* __restrict v) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T gradient = s.gradient_scale * g[i] + s.coupled_decay * w[i];
    m[i] = s.beta1 * m[i] + s.rest1 * gradient;
    v[i] = s.beta2 * v[i] + s.rest2 * gradient * gradient;
    w[i] = s.keep * w[i] - s.rate * m[i] / (std::sqrt(v[i]) / s.root + s.eps);
  }
}

template <class T>
[[gnu::always_inline]] inline double squares(std::int64_t n, const T* g) {
  constexpr std::int64_t lanes = 16;
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::int64_t k = 0; k < lanes; ++k) {
      const auto value = static_cast<double>(g[i + k]);
      sums[k] += value * value;
    }
  }
  for (; i < n; ++i) sums[i % lanes] += static_cast<double>(g[i]) * static_cast<double>(g[i]);
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

COSET_CLONES void adam_update(const AdamStep<float>& step, std::int64_t n, const float* g, float* w, float* m,
                              float* v) {
  update(step, n, g, w, m, v);
}
COSET_CLONES void adam_update(const AdamStep<double>& step, std::int64_t n, const double* g, double* w, double* m,
                              double* v) {
  update(step, n, g, w, m, v);
}
COSET_CLONES double sum_of_squares(std::int64_t n, const float* g) {
  return squares(n, g);
}
COSET_CLONES double sum_of_squares(std::int64_t n, const double* g) {
  return squares(n, g);
}

}  // namespace coset::train
