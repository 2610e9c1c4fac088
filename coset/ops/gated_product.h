/// One steerable layer in one pass on tensors: concatenation, fully connected product with attributes, bias, gate.
#pragma once

#include <memory>
#include <vector>

#include "coset/compute/gated_product.h"
#include "coset/ops/tensor_product.h"

namespace coset::ops {

/// The fused kernel of a layer, and the same plan as a plain product for second derivatives.
class GatedProduct {
 public:
  /// @throws coset::Error when the plan does not fit the kernel (compute::GatedProduct::fits)
  GatedProduct(const rep::TensorProductPlan& plan, compute::GatedProductOptions options);

  /// z = gate(TP(concat(parts), y; w) + b on the even scalars)
  ///
  /// @param parts  one tensor (R, columns) per part of the options
  /// @param y (R, in2.dim)   @param weight (weight_numel)   @param bias (bias_numel)
  /// The value and first derivatives run fused; a backward pass that records its own graph (forces in the loss) goes
  /// through ops::tensor_product and ops::gate, which have closed second derivatives.
  Tensor operator()(const std::vector<Tensor>& parts, const Tensor& y, const Tensor& weight, const Tensor& bias) const;

  /// The same by separate operations.
  Tensor composed(const std::vector<Tensor>& parts, const Tensor& y, const Tensor& weight, const Tensor& bias) const;

  const compute::GatedProduct& kernel() const { return *kernel_; }

 private:
  std::shared_ptr<const compute::GatedProduct> kernel_;
  ProductPtr product_;
  Tensor bias_columns_;  // columns of plan.out that carry the bias
};

/// Adds bias to the even scalar columns of z (R, out.dim).
Tensor add_scalar_bias(const Tensor& z, const Tensor& bias_columns, const Tensor& bias);

}  // namespace coset::ops
