/// SEGNN's swish gate on tensors, differentiable to second order.
#pragma once

#include "coset/compute/gate.h"
#include "coset/ops/torch.h"

namespace coset::ops {

/// [a_s silu(scalars)][a_g sigmoid(gate_c) * copy c ...]  (formula and layout: coset/compute/gate.h)
/// @param x (R, shape.input_dim())   @return (R, shape.output_dim())
/// @throws coset::Error on another shape, or a type that is not floating
Tensor gate(const compute::GateShape& shape, const Tensor& x);

}  // namespace coset::ops
