/// Tensor-product convolution on a graph, differentiable to second order.
#pragma once

#include "coset/compute/tensor_product_conv.h"
#include "coset/ops/edges.h"

namespace coset::ops {

using ConvPtr = std::shared_ptr<const compute::TensorProductConv>;
ConvPtr make_product_conv(rep::TensorProductPlan plan);

/// z[i] = sum over edges e = (j -> i) of TP(x[j], y[e]; w[e]): gather, product and sum in one pass, no per-edge message
/// in memory (formula, plans and routes: coset/compute/tensor_product_conv.h).
///
/// @param x (N, in1.dim)   @param y (E, in2.dim), the edges' harmonics
/// @param weight (E, weight_numel), or (weight_numel) for all edges: read in place when it needs no gradient
/// @param layout of the columns of x and of the result: mul_ir as everywhere, or ir_mul, which the kernel works in (the
///   caller then keeps its features so from layer to layer; fused plans only)
/// @return  (N, out.dim); nodes without edges are zero. One floating type; values, first and second derivatives in
/// compute/.
/// @throws coset::Error on shapes or types that do not fit, and with ir_mul where the plan has no fused kernel
Tensor tensor_product_conv(const ConvPtr& conv, const Edges& edges, const Tensor& x, const Tensor& y,
                           const Tensor& weight, compute::Layout layout = compute::Layout::mul_ir);

}  // namespace coset::ops
