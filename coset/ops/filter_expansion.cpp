#include "coset/ops/filter_expansion.h"

#include "coset/ops/array.h"
#include "coset/ops/operands.h"
#include "coset/ops/operation.h"

namespace coset::ops {
namespace {

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
  check_operands("ops::FilterExpansion", {{"weight", weight, {kAny, kAny, plan.pair_weights()}}});
}

template <class T>
const compute::FilterExpansion<T>& of_type(const Prepared& p) {
  if constexpr (std::is_same_v<T, double>)
    return p.twice;
  else
    return p.single;
}

/// A linear map or its transpose: each is the other's derivative.
template <bool kAdjoint>
struct Expand : KernelOperation<Expand<kAdjoint>, Operation::Second::linear> {
  static constexpr const char* kName = "ops::FilterExpansion";
  explicit Expand(PreparedPtr of) : prepared(std::move(of)) {}

  Shape output_shape(const Tensors& in) const {
    if constexpr (kAdjoint)
      return {in[0].size(0), in[0].size(2), prepared->plan.pair_weights()};
    else
      return bank_shape(prepared->plan, in[0].size(0), in[0].size(1));
  }
  template <class T>
  void value(const Tensors& in, T* y, T*) const {
    const auto& expansion = of_type<T>(*prepared);
    if constexpr (kAdjoint)
      expansion.adjoint(in[0].size(0), in[0].size(2), pointer<T>(in[0]), y);
    else
      expansion.expand(in[0].size(0), in[0].size(1), pointer<T>(in[0]), y);
  }
  OperationPtr adjoint() const { return c10::make_intrusive<Expand<!kAdjoint>>(prepared); }

  PreparedPtr prepared;
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
  return differentiable(c10::make_intrusive<Expand<false>>(prepared_), {dense(weight)});
}

Tensor expand_reference(const kernel::GroupConvPlan& plan, const Tensor& weight) {
  check_weight(plan, weight);
  const auto numbers = kernel::expansion_matrix(plan);
  const Tensor matrix =
      real_tensor(numbers).view({plan.n_out * plan.n_in * plan.taps, plan.pair_weights()}).to(weight.options());
  const std::int64_t out = weight.size(0), in = weight.size(1);
  return at::matmul(weight, matrix.t())
      .view({out, in, plan.n_out, plan.n_in, plan.taps})
      .permute({0, 2, 1, 3, 4})
      .reshape(bank_shape(plan, out, in));
}

}  // namespace coset::ops
