#include "coset/ops/tensor_product.h"

#include "coset/base/error.h"
#include "coset/ops/pointers.h"

namespace coset::ops {

namespace {

class Product : public Trilinear {
 public:
  explicit Product(ProductPtr product) : product_(std::move(product)) {}
  const char* name() const override { return "ops::tensor_product"; }

  Tensor forward(const Triple& in) const override {
    const Tensor z = at::empty({in.x.size(0), product_->plan().out.dim()}, in.x.options());
    AT_DISPATCH_FLOATING_TYPES(in.x.scalar_type(), "tensor_product", [&] {
      product_->forward<scalar_t>(rows(in), operands<scalar_t>(in), pointer<scalar_t>(z));
    });
    return z;
  }

  void backward(const Triple& in, const Tensor& gz, const Triple& out) const override {
    AT_DISPATCH_FLOATING_TYPES(in.x.scalar_type(), "tensor_product_backward", [&] {
      product_->backward<scalar_t>(rows(in), operands<scalar_t>(in), pointer<scalar_t>(gz), gradients<scalar_t>(out));
    });
  }

  void second(const Triple& in, const Tensor& gz, const Triple& h, const Tensor& ggz,
              const Triple& out) const override {
    AT_DISPATCH_FLOATING_TYPES(in.x.scalar_type(), "tensor_product_second", [&] {
      product_->second<scalar_t>(rows(in), {operands<scalar_t>(in), pointer<scalar_t>(gz), operands<scalar_t>(h)},
                                 pointer<scalar_t>(ggz), gradients<scalar_t>(out));
    });
  }

 private:
  static compute::TensorProductRows rows(const Triple& in) {
    return {.rows = in.x.size(0), .shared_weights = in.w.dim() == 1};
  }

  ProductPtr product_;
};

void check_operand(const char* name, const Tensor& tensor, std::int64_t rows, std::int64_t columns) {
  check(tensor.dim() == 2 && tensor.size(0) == rows && tensor.size(1) == columns, "[ops::tensor_product] expected ",
        name, " (", rows, ", ", columns, "); received ", shape_text(tensor.sizes()));
}

}  // namespace

ProductPtr make_product(rep::TensorProductPlan plan) {
  return std::make_shared<const compute::TensorProduct>(std::move(plan));
}

Tensor tensor_product(const ProductPtr& product, const Tensor& x, const Tensor& y, const Tensor& weight) {
  const auto& plan = product->plan();
  check(x.dim() >= 1, "[ops::tensor_product] expected x (R, ", plan.in1.dim(), "); received a scalar");
  check_operand("x", x, x.size(0), plan.in1.dim());
  check_operand("y", y, x.size(0), plan.in2.dim());
  if (weight.dim() == 1)
    check(weight.size(0) == plan.weight_numel, "[ops::tensor_product] expected ", plan.weight_numel,
          " weights; received ", weight.size(0));
  else
    check_operand("weight", weight, x.size(0), plan.weight_numel);
  check(at::isFloatingType(x.scalar_type()) && y.scalar_type() == x.scalar_type() &&
            weight.scalar_type() == x.scalar_type(),
        "[ops::tensor_product] expected operands of one floating type; received ", x.dtype().name(), ", ",
        y.dtype().name(), ", ", weight.dtype().name());
  return apply_trilinear(std::make_shared<const Product>(product),
                         {x.contiguous(), y.contiguous(), weight.contiguous()});
}

}  // namespace coset::ops
