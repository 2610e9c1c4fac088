#include "coset/ops/tensor_product.h"

#include "coset/base/error.h"
#include "coset/ops/capsule.h"
#include "coset/ops/derivative_guard.h"

namespace coset::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

template <class T>
const T* read(const Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<T>() : nullptr;
}

template <class T>
T* write(const Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<T>() : nullptr;
}

compute::TensorProductRows rows_of(const Tensor& x, const Tensor& weight) {
  return {.rows = x.size(0), .shared_weights = weight.dim() == 1};
}

Tensor like(const Tensor& tensor, bool wanted) {
  return wanted ? at::empty(tensor.sizes(), tensor.options()) : Tensor();
}

/// (gx, gy, gw) of <gz, z>; its own backward is the second-order kernel.
struct ProductBackward : torch::autograd::Function<ProductBackward> {
  static variable_list forward(AutogradContext* ctx, const ProductPtr& product, const Tensor& x, const Tensor& y,
                               const Tensor& weight, const Tensor& gz, std::array<bool, 3> wanted) {
    const Tensor gx = like(x, wanted[0]);
    const Tensor gy = like(y, wanted[1]);
    const Tensor gw = like(weight, wanted[2]);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "tensor_product_backward", [&] {
      product->backward<scalar_t>(rows_of(x, weight), {read<scalar_t>(x), read<scalar_t>(y), read<scalar_t>(weight)},
                                  read<scalar_t>(gz), {write<scalar_t>(gx), write<scalar_t>(gy), write<scalar_t>(gw)});
    });
    ctx->saved_data["product"] = make_capsule(product);
    ctx->save_for_backward({x, y, weight, gz});
    ctx->saved_data["wanted"] = std::vector<bool>(wanted.begin(), wanted.end());
    // An autograd function cannot return an undefined tensor: what nobody wants is empty.
    const auto or_empty = [&](const Tensor& t) { return t.defined() ? t : at::empty({0}, x.options()); };
    return {or_empty(gx), or_empty(gy), or_empty(gw)};
  }

  static variable_list backward(AutogradContext* ctx, variable_list h) {
    const auto product = open_capsule<const compute::TensorProduct>(ctx->saved_data["product"]);
    const auto saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &y = saved[1], &weight = saved[2], &gz = saved[3];
    const auto wanted = ctx->saved_data["wanted"].toBoolList();
    const auto cotangent = [&](std::size_t i) { return wanted[i] && h[i].defined() ? h[i].contiguous() : Tensor(); };
    const Tensor hx = cotangent(0), hy = cotangent(1), hw = cotangent(2);
    const Tensor dx = like(x, true), dy = like(y, true), dw = like(weight, true), dgz = like(gz, true);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "tensor_product_second", [&] {
      product->second<scalar_t>(rows_of(x, weight), {read<scalar_t>(x), read<scalar_t>(y), read<scalar_t>(weight)},
                                read<scalar_t>(gz), {read<scalar_t>(hx), read<scalar_t>(hy), read<scalar_t>(hw)},
                                write<scalar_t>(dgz), {write<scalar_t>(dx), write<scalar_t>(dy), write<scalar_t>(dw)});
    });
    const char* where = "ops::tensor_product";
    variable_list from{x, y, weight, gz};
    for (const Tensor& t : h)
      if (t.defined()) from.push_back(t);
    const auto ended = [&](const Tensor& t) { return no_further_derivative(t, from, where); };
    return {Tensor(), ended(dx), ended(dy), ended(dw), ended(dgz), Tensor()};
  }
};

struct Product : torch::autograd::Function<Product> {
  static Tensor forward(AutogradContext* ctx, const ProductPtr& product, const Tensor& x, const Tensor& y,
                        const Tensor& weight) {
    Tensor z = at::empty({x.size(0), product->plan().out.dim()}, x.options());
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "tensor_product", [&] {
      product->forward<scalar_t>(rows_of(x, weight), {read<scalar_t>(x), read<scalar_t>(y), read<scalar_t>(weight)},
                                 z.data_ptr<scalar_t>());
    });
    ctx->saved_data["product"] = make_capsule(product);
    ctx->saved_data["wanted"] = std::vector<bool>{x.requires_grad(), y.requires_grad(), weight.requires_grad()};
    ctx->save_for_backward({x, y, weight});
    return z;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto product = open_capsule<const compute::TensorProduct>(ctx->saved_data["product"]);
    const auto saved = ctx->get_saved_variables();
    const auto flags = ctx->saved_data["wanted"].toBoolList();
    const std::array<bool, 3> wanted{flags[0], flags[1], flags[2]};
    const variable_list g =
        ProductBackward::apply(product, saved[0], saved[1], saved[2], grads[0].contiguous(), wanted);
    return {Tensor(), wanted[0] ? g[0] : Tensor(), wanted[1] ? g[1] : Tensor(), wanted[2] ? g[2] : Tensor()};
  }
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
  return Product::apply(product, x.contiguous(), y.contiguous(), weight.contiguous());
}

}  // namespace coset::ops
