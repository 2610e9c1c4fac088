/// A tensor product with its own weights (internal, shared by all rows) or with weights given per row.
#pragma once

#include "coset/field/field.h"
#include "coset/nn/module.h"
#include "coset/ops/tensor_product.h"

namespace coset::nn {

enum class ProductWeights {
  internal,  ///< the layer's own parameters, one set for all rows
  external   ///< an argument of forward
};

/// e3nn.o3.TensorProduct with internal weights: any plan; `weight` (weight_numel) starts as N(0, 1).
class TensorProduct : public torch::nn::Module {
 public:
  explicit TensorProduct(rep::TensorProductPlan plan, ProductWeights weights = ProductWeights::internal);

  /// With internal weights. x, y: the same number of rows.
  /// @throws coset::Error without internal weights, or on other irreps
  field::Field forward(const field::Field& x, const field::Field& y) const;
  /// With weights (R, weight_numel) or (weight_numel) from outside, a radial network for example.
  /// @throws coset::Error on other irreps, or weights of another shape
  field::Field forward(const field::Field& x, const field::Field& y, const Tensor& weights) const;

  const rep::TensorProductPlan& plan() const { return product_->plan(); }

  Tensor weight;  // undefined without internal weights

 private:
  ops::ProductPtr product_;
  field::FieldType in1_, in2_, out_;
};

/// Every allowed path, mode uvw. e3nn.o3.FullyConnectedTensorProduct.
class FullyConnectedTensorProduct : public TensorProduct {
 public:
  FullyConnectedTensorProduct(const rep::Irreps& in1, const rep::Irreps& in2, const rep::Irreps& out,
                              const rep::TensorProductOptions& options = {});
};

}  // namespace coset::nn
