#include "coset/ops/tensor_product.h"

#include "coset/ops/operands.h"
#include "coset/ops/operation.h"
#include "coset/ops/trilinear.h"

namespace coset::ops {

namespace {

struct Product : KernelOperation<Product, Operation::Second::closed> {
  static constexpr const char* kName = "ops::tensor_product";
  explicit Product(ProductPtr of) : product(std::move(of)) {}

  Shape output_shape(const Tensors& in) const { return {in[0].size(0), product->plan().out.dim()}; }

  template <class T>
  void value(const Tensors& in, T* z, T*) const {
    product->forward<T>(rows(in), operands<T>(in), z);
  }
  template <class T>
  void gradients(const Backward<T>& at, const Tensors& out) const {
    product->backward<T>(rows(at.in), operands<T>(at.in), at.gz, gradients_into<T>(out));
  }
  template <class T>
  void second(const SecondBackward<T>& at, T* ggz, const Tensors& out) const {
    product->second<T>(rows(at.in), second_inputs(at), ggz, gradients_into<T>(out));
  }

  static compute::TensorProductRows rows(const Tensors& in) {
    return {.rows = in[0].size(0), .shared_weights = in[2].dim() == 1};
  }

  ProductPtr product;
};

}  // namespace

ProductPtr make_product(rep::TensorProductPlan plan) {
  return std::make_shared<const compute::TensorProduct>(std::move(plan));
}

Tensor tensor_product(const ProductPtr& product, const Tensor& x, const Tensor& y, const Tensor& weight) {
  const auto& plan = product->plan();
  const std::int64_t rows = x.defined() && x.dim() > 0 ? x.size(0) : kAny;
  const bool shared = weight.defined() && weight.dim() == 1;
  check_operands(Product::kName,
                 {{"x", x, {rows, plan.in1.dim()}},
                  {"y", y, {rows, plan.in2.dim()}},
                  {"weight", weight, shared ? Shape{plan.weight_numel} : Shape{rows, plan.weight_numel}}});
  return differentiable(c10::make_intrusive<Product>(product), {dense(x), dense(y), dense(weight)});
}

}  // namespace coset::ops
