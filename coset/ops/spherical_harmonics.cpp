#include "coset/ops/spherical_harmonics.h"

#include "coset/base/error.h"
#include "coset/ops/derivative_guard.h"

namespace coset::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

void store(AutogradContext* ctx, const compute::HarmonicsOptions& options) {
  ctx->saved_data["lmax"] = static_cast<std::int64_t>(options.lmax);
  ctx->saved_data["normalization"] = static_cast<std::int64_t>(options.normalization);
  ctx->saved_data["normalize"] = options.normalize;
}

compute::HarmonicsOptions restore(AutogradContext* ctx) {
  compute::HarmonicsOptions options;
  options.lmax = static_cast<int>(ctx->saved_data["lmax"].toInt());
  options.normalization = static_cast<compute::HarmonicsNormalization>(ctx->saved_data["normalization"].toInt());
  options.normalize = ctx->saved_data["normalize"].toBool();
  return options;
}

/// (gx, x, g) with derivatives of its own: gx = sum_m g_m dY_m/dx.
struct HarmonicsVjp : torch::autograd::Function<HarmonicsVjp> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& g,
                        const compute::HarmonicsOptions& options) {
    Tensor gx = at::empty_like(x);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "spherical_harmonics_vjp", [&] {
      compute::spherical_harmonics_vjp<scalar_t>(options, x.size(0), x.data_ptr<scalar_t>(), g.data_ptr<scalar_t>(),
                                                 gx.data_ptr<scalar_t>());
    });
    ctx->save_for_backward({x, g});
    store(ctx, options);
    return gx;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const Tensor x = saved[0];
    const Tensor g = saved[1];
    const Tensor h = grads[0].contiguous();
    Tensor dg = at::empty_like(g, at::MemoryFormat::Contiguous);
    Tensor dx = at::empty_like(x, at::MemoryFormat::Contiguous);
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "spherical_harmonics_vjp_vjp", [&] {
      compute::spherical_harmonics_vjp_vjp<scalar_t>(
          restore(ctx), x.size(0), {x.data_ptr<scalar_t>(), g.data_ptr<scalar_t>(), h.data_ptr<scalar_t>()},
          dg.data_ptr<scalar_t>(), dx.data_ptr<scalar_t>());
    });
    const char* where = "ops::spherical_harmonics";
    const variable_list from{x, g, grads[0]};
    return {no_further_derivative(dx, from, where), no_further_derivative(dg, from, where), Tensor()};
  }
};

struct Harmonics : torch::autograd::Function<Harmonics> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const compute::HarmonicsOptions& options) {
    const std::int64_t m = (options.lmax + 1) * (options.lmax + 1);
    Tensor y = at::empty({x.size(0), m}, x.options());
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "spherical_harmonics", [&] {
      compute::spherical_harmonics<scalar_t>(options, x.size(0), x.data_ptr<scalar_t>(), y.data_ptr<scalar_t>());
    });
    ctx->save_for_backward({x});
    store(ctx, options);
    return y;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const Tensor x = ctx->get_saved_variables()[0];
    return {HarmonicsVjp::apply(x, grads[0].contiguous(), restore(ctx)), Tensor()};
  }
};

}  // namespace

Tensor spherical_harmonics(const Tensor& vectors, int lmax, compute::HarmonicsNormalization normalization,
                           bool normalize) {
  check(vectors.dim() == 2 && vectors.size(1) == 3 && at::isFloatingType(vectors.scalar_type()),
        "[ops::spherical_harmonics] expected vectors (R, 3) of float32 or float64; received ",
        shape_text(vectors.sizes()), " of ", vectors.dtype().name());
  check(lmax >= 0, "[ops::spherical_harmonics] expected lmax >= 0; received ", lmax);
  compute::HarmonicsOptions options;
  options.lmax = lmax;
  options.normalization = normalization;
  options.normalize = normalize;
  return Harmonics::apply(vectors.contiguous(), options);
}

}  // namespace coset::ops
