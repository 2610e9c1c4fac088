#include "coset/ops/gated_product.h"

#include "coset/base/error.h"
#include "coset/ops/columns.h"
#include "coset/ops/fused_state.h"
#include "coset/ops/gate.h"
#include "coset/ops/pointers.h"

namespace coset::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using OwnerPtr = std::shared_ptr<const GatedProduct>;

/// Operands in the order y, weight, bias, parts...
template <class T>
struct Inputs {
  explicit Inputs(const variable_list& operands) {
    for (std::size_t i = 3; i < operands.size(); ++i) parts.push_back(operands[i].data_ptr<T>());
    in.rows = operands[0].size(0);
    in.x = parts;
    in.y = operands[0].data_ptr<T>();
    in.w = operands[1].data_ptr<T>();
    in.b = pointer<T>(operands[2]);
  }
  std::vector<const T*> parts;
  compute::GatedProductInputs<T> in;
};

variable_list by_kernel(const compute::GatedProduct& kernel, const FusedState& state, const Tensor& gz) {
  const variable_list& operands = state.operands;
  const variable_list gradients = room_for_gradients(state);
  AT_DISPATCH_FLOATING_TYPES(gz.scalar_type(), "gated_product_backward", [&] {
    const Inputs<scalar_t> inputs(operands);
    std::vector<scalar_t*> parts;
    for (std::size_t i = 3; i < operands.size(); ++i) parts.push_back(pointer<scalar_t>(gradients[i]));
    kernel.backward<scalar_t>(
        inputs.in, pointer<scalar_t>(state.saved), gz.data_ptr<scalar_t>(),
        {parts, pointer<scalar_t>(gradients[0]), pointer<scalar_t>(gradients[1]), pointer<scalar_t>(gradients[2])});
  });
  return gradients;
}

struct Fused : torch::autograd::Function<Fused> {
  static Tensor forward(AutogradContext* ctx, const OwnerPtr& owner, bool keep, at::TensorList operands) {
    const auto& kernel = owner->kernel();
    const variable_list list = operands.vec();
    const std::int64_t rows = list[0].size(0);
    const Tensor z = at::empty({rows, kernel.output_dim()}, list[0].options());
    Tensor saved = at::empty({keep ? kernel.saved_numel(rows) : 0}, list[0].options());
    AT_DISPATCH_FLOATING_TYPES(z.scalar_type(), "gated_product", [&] {
      const Inputs<scalar_t> inputs(list);
      kernel.forward<scalar_t>(inputs.in, z.data_ptr<scalar_t>(), pointer<scalar_t>(saved));
    });
    if (keep) keep_state(ctx, owner, list, saved);
    return z;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto owner = kept_owner<GatedProduct>(ctx);
    const FusedState state = restore_state(ctx);
    const auto composed = [&](const variable_list& v) {
      return owner->composed({v.begin() + 3, v.end()}, v[0], v[1], v[2]);
    };
    const auto fused = [&](const Tensor& gz) { return by_kernel(owner->kernel(), state, gz); };
    return fused_or_recorded(state, grads[0], 2, fused, composed);  // no gradients of owner, keep
  }
};

}  // namespace

Tensor add_scalar_bias(const Tensor& z, const Tensor& bias_columns, const Tensor& bias) {
  if (bias.numel() == 0) return z;
  return z + spread_scalars(bias, bias_columns, z.size(1));
}

GatedProduct::GatedProduct(const rep::TensorProductPlan& plan, compute::GatedProductOptions options)
    : kernel_(std::make_shared<const compute::GatedProduct>(plan, std::move(options))),
      product_(make_product(plan)),
      bias_columns_(scalar_columns(plan.out)) {}

Tensor GatedProduct::composed(const std::vector<Tensor>& parts, const Tensor& y, const Tensor& weight,
                              const Tensor& bias) const {
  const Tensor z = add_scalar_bias(
      tensor_product(product_, parts.size() == 1 ? parts[0] : at::cat(parts, 1), y, weight), bias_columns_, bias);
  return kernel_->options().gate ? gate(*kernel_->options().gate, z) : z;
}

Tensor GatedProduct::operator()(const std::vector<Tensor>& parts, const Tensor& y, const Tensor& weight,
                                const Tensor& bias) const {
  const auto& plan = kernel_->plan();
  const std::vector<std::int64_t> widths = kernel_->part_columns();
  check(parts.size() == widths.size(), "[ops::GatedProduct] expected ", widths.size(), " parts; received ",
        parts.size());
  variable_list operands{y.contiguous(), weight.contiguous(), bias.contiguous()};
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const Tensor& part = parts[p];
    check(part.dim() == 2 && part.size(0) == y.size(0) && part.size(1) == widths[p] &&
              part.scalar_type() == y.scalar_type(),
          "[ops::GatedProduct] expected part ", p, " (", y.size(0), ", ", widths[p], ") of type ", y.dtype().name(),
          "; received ", shape_text(part.sizes()), " of ", part.dtype().name());
    operands.push_back(part.contiguous());
  }
  check(y.dim() == 2 && y.size(1) == plan.in2.dim() && weight.numel() == plan.weight_numel &&
            bias.numel() == kernel_->bias_numel() && weight.scalar_type() == y.scalar_type(),
        "[ops::GatedProduct] expected attributes (R, ", plan.in2.dim(), "), ", plan.weight_numel, " weights and ",
        kernel_->bias_numel(), " biases of one type; received ", shape_text(y.sizes()), ", ", weight.numel(), ", ",
        bias.numel());
  if (compute::resolved() == compute::Route::reference) return composed(parts, y, weight, bias);
  return Fused::apply(std::make_shared<const GatedProduct>(*this), needs_backward(operands), at::TensorList(operands));
}

}  // namespace coset::ops
