#include "coset/nn/irreps/tensor_product.h"

#include "coset/base/error.h"

namespace coset::nn {

TensorProduct::TensorProduct(rep::TensorProductPlan plan, ProductWeights weights)
    : product_(ops::make_product(std::move(plan))),
      in1_(this->plan().in1),
      in2_(this->plan().in2),
      out_(this->plan().out) {
  if (weights == ProductWeights::internal)
    weight = register_parameter("weight", at::randn({this->plan().weight_numel}));
}

field::Field TensorProduct::forward(const field::Field& x, const field::Field& y) const {
  check(weight.defined(), "[nn::TensorProduct] expected weights as third argument: built without internal weights");
  return forward(x, y, weight);
}

field::Field TensorProduct::forward(const field::Field& x, const field::Field& y, const Tensor& weights) const {
  field::expect_type("nn::TensorProduct", field::Base::points, in1_, x);
  field::expect_type("nn::TensorProduct", field::Base::points, in2_, y);
  return {out_, ops::tensor_product(product_, x.data(), y.data(), weights)};
}

FullyConnectedTensorProduct::FullyConnectedTensorProduct(const rep::Irreps& in1, const rep::Irreps& in2,
                                                         const rep::Irreps& out,
                                                         const rep::TensorProductOptions& options)
    : TensorProduct(rep::fully_connected_tensor_product(in1, in2, out, options)) {}

}  // namespace coset::nn
