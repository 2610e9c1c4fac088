/// Derivatives against central differences, first and second order.
#pragma once

#include <functional>
#include <vector>

#include "coset/ops/torch.h"

namespace coset::verify {

/// Largest relative deviations |analytic - numeric| / max(1, |numeric|max) over all inputs that require gradients.
struct GradientErrors {
  double first = 0.0;   ///< d<c, f(x)>/dx for a random cotangent c
  double second = 0.0;  ///< d<h, that gradient>/dx and /dc for a random h
};

/// @param f       a function of float64 tensors to one float64 tensor, deterministic
/// @param inputs  points at which f is smooth; all of them are differentiated
/// @param step    central-difference step; the truncation error is about step^2, the rounding error 1e-16 / step
/// @throws coset::Error on inputs that are not float64
/// @cost 2 evaluations per input number for the first order, 2 gradients per number for the second
GradientErrors gradient_errors(const std::function<Tensor(const std::vector<Tensor>&)>& f, std::vector<Tensor> inputs,
                               double step = 1e-5, std::uint64_t seed = 0);

}  // namespace coset::verify
