#include "coset/ops/gate.h"

#include "coset/base/error.h"
#include "coset/ops/capsule.h"
#include "coset/ops/derivative_guard.h"

namespace coset::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using ShapePtr = std::shared_ptr<const compute::GateShape>;

struct GateBackward : torch::autograd::Function<GateBackward> {
  static Tensor forward(AutogradContext* ctx, const ShapePtr& shape, const Tensor& x, const Tensor& gz) {
    Tensor gx = at::empty_like(x);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "gate_backward", [&] {
      compute::gate_backward<scalar_t>(*shape, x.size(0), x.data_ptr<scalar_t>(), gz.data_ptr<scalar_t>(),
                                       gx.data_ptr<scalar_t>());
    });
    ctx->saved_data["shape"] = make_capsule(shape);
    ctx->save_for_backward({x, gz});
    return gx;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto shape = open_capsule<const compute::GateShape>(ctx->saved_data["shape"]);
    const auto saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &gz = saved[1];
    const Tensor h = grads[0].contiguous();
    Tensor ggz = at::empty_like(gz), dx = at::empty_like(x);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "gate_second", [&] {
      compute::gate_second<scalar_t>(*shape, x.size(0),
                                     {x.data_ptr<scalar_t>(), gz.data_ptr<scalar_t>(), h.data_ptr<scalar_t>()},
                                     ggz.data_ptr<scalar_t>(), dx.data_ptr<scalar_t>());
    });
    const variable_list from{x, gz, grads[0]};
    return {Tensor(), no_further_derivative(dx, from, "ops::gate"), no_further_derivative(ggz, from, "ops::gate")};
  }
};

struct Gate : torch::autograd::Function<Gate> {
  static Tensor forward(AutogradContext* ctx, const ShapePtr& shape, const Tensor& x) {
    Tensor z = at::empty({x.size(0), shape->output_dim()}, x.options());
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "gate", [&] {
      compute::gate<scalar_t>(*shape, x.size(0), x.data_ptr<scalar_t>(), z.data_ptr<scalar_t>());
    });
    ctx->saved_data["shape"] = make_capsule(shape);
    ctx->save_for_backward({x});
    return z;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto shape = open_capsule<const compute::GateShape>(ctx->saved_data["shape"]);
    return {Tensor(), GateBackward::apply(shape, ctx->get_saved_variables()[0], grads[0].contiguous())};
  }
};

}  // namespace

Tensor gate(const compute::GateShape& shape, const Tensor& x) {
  check(x.dim() == 2 && x.size(1) == shape.input_dim() && at::isFloatingType(x.scalar_type()),
        "[ops::gate] expected (R, ", shape.input_dim(), ") of float32 or float64; received ", shape_text(x.sizes()));
  return Gate::apply(std::make_shared<const compute::GateShape>(shape), x.contiguous());
}

}  // namespace coset::ops
