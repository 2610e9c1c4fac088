#include "coset/nn/steerable/tensor_product.h"

#include "coset/base/error.h"

namespace coset::nn {

TensorProduct::TensorProduct(rep::TensorProductPlan plan, bool internal_weights)
    : product_(ops::make_product(std::move(plan))) {
  if (internal_weights) weight = register_parameter("weight", at::randn({this->plan().weight_numel}));
}

field::SteerableTensor TensorProduct::forward(const field::SteerableTensor& x, const field::SteerableTensor& y) const {
  check(weight.defined(), "[nn::TensorProduct] expected weights as third argument: built without internal weights");
  return forward(x, y, weight);
}

field::SteerableTensor TensorProduct::forward(const field::SteerableTensor& x, const field::SteerableTensor& y,
                                              const Tensor& weights) const {
  field::expect_irreps("nn::TensorProduct", plan().in1, x);
  field::expect_irreps("nn::TensorProduct", plan().in2, y);
  return {plan().out, ops::tensor_product(product_, x.data(), y.data(), weights)};
}

FullyConnectedTensorProduct::FullyConnectedTensorProduct(const rep::Irreps& in1, const rep::Irreps& in2,
                                                         const rep::Irreps& out,
                                                         const rep::TensorProductOptions& options)
    : TensorProduct(rep::fully_connected_tensor_product(in1, in2, out, options)) {}

}  // namespace coset::nn
