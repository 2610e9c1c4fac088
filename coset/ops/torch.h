/// The door through which tensors enter: every header above the torch line includes this file, never torch itself.
#pragma once

#include <torch/types.h>

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace coset {
using torch::Tensor;
}  // namespace coset
