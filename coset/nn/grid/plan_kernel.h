/// Kernels that are a plan: weights times constant factors (interpolated, exactly permuted, B-spline, Hermite-Gauss).
#pragma once

#include "coset/nn/grid/kernel.h"
#include "coset/ops/filter_expansion.h"

namespace coset::nn {

/// bank = expansion(weight) between fields of one representation each. `weight` (out fields, in fields, pair_weights)
/// starts as N(0, plan.weight_deviation).
class PlanKernel : public Kernel {
 public:
  /// The ways to make one: coset/kernel/group_conv_plan.h and its neighbours.
  explicit PlanKernel(kernel::GroupConvPlan plan);

  /// @throws coset::Error when plan and types name different grids
  void attach(torch::nn::Module& owner, const field::FieldType& in, const field::FieldType& out) override;
  Tensor bank() const override { return expansion_(weight); }
  std::vector<Tensor> sources() const override { return {weight}; }
  std::int64_t size() const override { return plan().size; }
  bool one_to_one() const override { return one_to_one_; }

  const kernel::GroupConvPlan& plan() const { return expansion_.plan(); }

  Tensor weight;

 protected:
  /// The same weights on other grids: the new plan must take as many weights per pair.
  void replace(kernel::GroupConvPlan plan, const field::FieldType& in, const field::FieldType& out);

 private:
  ops::FilterExpansion expansion_;
  bool one_to_one_ = false;
};

}  // namespace coset::nn
