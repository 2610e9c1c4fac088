/// The element loops of the optimiser on raw pointers; compiled once per instruction set, the same bits on each.
#pragma once

#include <cstdint>

namespace coset::train {

/// The numbers of one step that all elements of a parameter share (coset/train/optimizer.h has the formula).
template <class T>
struct AdamStep {
  T gradient_scale;
  T coupled_decay;  ///< weight_decay of Adam, 0 for AdamW
  T keep;           ///< 1 - lr weight_decay of AdamW, 1 for Adam
  T beta1, rest1;   ///< rest1 = 1 - beta1
  T beta2, rest2;
  T rate;  ///< lr / (1 - beta1^t)
  T root;  ///< sqrt(1 - beta2^t)
  T eps;
};

/// Updates n weights w and their moments m, v from the gradients g, in place. The four do not overlap.
void adam_update(const AdamStep<float>& step, std::int64_t n, const float* g, float* w, float* m, float* v);
void adam_update(const AdamStep<double>& step, std::int64_t n, const double* g, double* w, double* m, double* v);

/// sum g_i^2 in float64, in a fixed order: 16 running sums, then those from first to last.
double sum_of_squares(std::int64_t n, const float* g);
double sum_of_squares(std::int64_t n, const double* g);

}  // namespace coset::train
