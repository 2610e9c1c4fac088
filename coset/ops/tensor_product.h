/// Tensor products of irreps on tensors, differentiable to second order.
#pragma once

#include <memory>

#include "coset/compute/tensor_product.h"
#include "coset/ops/torch.h"

namespace coset::ops {

/// A plan with the kernels chosen for it; shared by the layers and the autograd graph that use it.
using ProductPtr = std::shared_ptr<const compute::TensorProduct>;
ProductPtr make_product(rep::TensorProductPlan plan);

/// z[k] = sum_paths c sum w C_{ijk} x[i] y[j], row by row (formula and layouts: coset/rep/tensor_product_plan.h).
///
/// @param x       (R, in1.dim)
/// @param y       (R, in2.dim)
/// @param weight  (weight_numel) shared by all rows, or (R, weight_numel) one set per row
/// @return        (R, out.dim); R = 0 is valid; output blocks without a path are zero
/// All of one floating type; non-contiguous inputs are copied. Values, first and second derivatives run in compute/.
/// @throws coset::Error on shapes or types that do not fit
Tensor tensor_product(const ProductPtr& product, const Tensor& x, const Tensor& y, const Tensor& weight);

}  // namespace coset::ops
