/// Derivatives of higher order around kernels that provide the lower ones.
#pragma once

#include <functional>
#include <vector>

#include "coset/ops/torch.h"

namespace coset::ops {

/// `value`, computed from `inputs` by a kernel without a derivative of its own: a derivative of it with respect to any
/// of them throws coset::Error("[where] third derivatives are not available"), so that nobody silently trains on a
/// missing term.
Tensor no_further_derivative(const Tensor& value, at::TensorList inputs, const char* where);

/// The gradients of <gz, f(operands)> recorded for differentiation: what the backward of a fused operation returns when
/// its caller will differentiate again. `composed` is the same function made of operations that have second
/// derivatives. Entries that are not `wanted` stay undefined.
std::vector<Tensor> differentiable_backward(const std::function<Tensor(const std::vector<Tensor>&)>& composed,
                                            const std::vector<Tensor>& operands, const Tensor& gz,
                                            const std::vector<bool>& wanted);

}  // namespace coset::ops
