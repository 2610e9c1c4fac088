/// The end of the derivatives that our kernels provide.
#pragma once

#include "coset/ops/torch.h"

namespace coset::ops {

/// `value`, computed from `inputs` by a kernel without a derivative of its own: a derivative of it with respect to any of
/// them throws coset::Error("[where] third derivatives are not available"), so that nobody silently trains on a missing term.
Tensor no_further_derivative(const Tensor& value, at::TensorList inputs, const char* where);

}  // namespace coset::ops
