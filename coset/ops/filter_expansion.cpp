#include "coset/ops/filter_expansion.h"

#include "coset/base/error.h"
#include "coset/ops/capsule.h"

namespace coset::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Prepared = FilterExpansion::Prepared;
using PreparedPtr = std::shared_ptr<const Prepared>;

compute::ExpansionShape shape_of(const kernel::GroupConvPlan& plan) {
  return {plan.n_out, plan.n_in, plan.taps, plan.fibre_basis, plan.spatial_basis};
}

std::vector<std::int64_t> bank_shape(const kernel::GroupConvPlan& plan, std::int64_t out, std::int64_t in) {
  std::vector<std::int64_t> shape{out, plan.n_out, in, plan.n_in};
  shape.insert(shape.end(), static_cast<std::size_t>(plan.space), plan.size);
  return shape;
}

void check_weight(const kernel::GroupConvPlan& plan, const Tensor& weight) {
  check(weight.dim() == 3 && weight.size(2) == plan.pair_weights() &&
            (weight.scalar_type() == at::kFloat || weight.scalar_type() == at::kDouble),
        "[ops::FilterExpansion] expected float32 or float64 weights (O, I, ", plan.pair_weights(), "); received ",
        weight.toString(), " ", shape_text(weight.sizes()));
}

template <class T>
const compute::FilterExpansion<T>& of_type(const Prepared& p) {
  if constexpr (std::is_same_v<T, double>)
    return p.twice;
  else
    return p.single;
}

Tensor run(const Prepared& p, const Tensor& x, bool adjoint) {
  const std::int64_t out = x.size(0), in = x.size(adjoint ? 2 : 1);
  Tensor y = adjoint ? at::empty({out, in, p.plan.pair_weights()}, x.options())
                     : at::empty(bank_shape(p.plan, out, in), x.options());
  AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "filter_expansion", [&] {
    const auto& expansion = of_type<scalar_t>(p);
    if (adjoint)
      expansion.adjoint(out, in, x.data_ptr<scalar_t>(), y.data_ptr<scalar_t>());
    else
      expansion.expand(out, in, x.data_ptr<scalar_t>(), y.data_ptr<scalar_t>());
  });
  return y;
}

/// A linear map or its transpose: each is the other's derivative, so every order exists.
template <bool kAdjoint>
struct Expand : torch::autograd::Function<Expand<kAdjoint>> {
  static Tensor forward(AutogradContext* ctx, const PreparedPtr& prepared, const Tensor& x) {
    ctx->saved_data["prepared"] = make_capsule(prepared);
    return run(*prepared, x, kAdjoint);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto prepared = open_capsule<const Prepared>(ctx->saved_data["prepared"]);
    return {Tensor(), Expand<!kAdjoint>::apply(prepared, grads[0].contiguous())};
  }
};

}  // namespace

FilterExpansion::FilterExpansion(kernel::GroupConvPlan plan) {
  const auto shape = shape_of(plan);
  compute::FilterExpansion<float> single(shape, plan.fibre, plan.spatial);
  compute::FilterExpansion<double> twice(shape, plan.fibre, plan.spatial);
  prepared_ = std::make_shared<const Prepared>(Prepared{std::move(plan), std::move(single), std::move(twice)});
}

Tensor FilterExpansion::operator()(const Tensor& weight) const {
  check_weight(plan(), weight);
  return Expand<false>::apply(prepared_, weight.contiguous());
}

Tensor expand_reference(const kernel::GroupConvPlan& plan, const Tensor& weight) {
  check_weight(plan, weight);
  const auto numbers = kernel::expansion_matrix(plan);
  const Tensor matrix = torch::tensor(at::ArrayRef<double>(numbers), at::kDouble)
                            .view({plan.n_out * plan.n_in * plan.taps, plan.pair_weights()})
                            .to(weight.options());
  const std::int64_t out = weight.size(0), in = weight.size(1);
  return at::matmul(weight, matrix.t())
      .view({out, in, plan.n_out, plan.n_in, plan.taps})
      .permute({0, 2, 1, 3, 4})
      .reshape(bank_shape(plan, out, in));
}

}  // namespace coset::ops
