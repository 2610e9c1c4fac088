/// Data parallelism inside one process: a batch is cut into parts, each part runs forward and backward on one thread.
///
/// Operations on batches of this field's sizes are too short to be shared out one by one; whole parts are not.
#pragma once

#include <cstdint>
#include <functional>

#include "coset/train/parameters.h"

namespace coset::train {

/// Leaves in the parameters the gradient of the mean loss of n examples, and returns that loss:
///
///   L = sum_k (n_k / n) L_k,   part k = examples [k n / parts, (k + 1) n / parts),   L_k its mean loss
///
/// The parts follow from n and `parts` alone and their gradients are added in order, so the bits depend on `parts` and
/// not on the number of threads, as long as there are two parts (one part alone is shared out operation by operation,
/// as LibTorch and its BLAS please). A parameter that no part uses keeps an undefined gradient.
///
/// @param mean_loss (begin, end) -> L_k, a scalar with a graph. It is called from several threads at once: the model
///        may not change while it runs (no running statistics) nor draw from torch's default generator (no dropout).
/// @param parts at least 1; more than n count as n
/// Cost: forward and backward once, `parts` copies of the gradient. @throws coset::Error for n < 1 or parts < 1, and
/// whatever mean_loss throws
double mean_loss_gradient(const NamedTensors& parameters, std::int64_t n, std::int64_t parts,
                          const std::function<Tensor(std::int64_t begin, std::int64_t end)>& mean_loss);

}  // namespace coset::train
