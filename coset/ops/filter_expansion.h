/// Weights of a group convolution to its filter bank, differentiable any number of times.
#pragma once

#include <memory>

#include "coset/compute/filter_expansion.h"
#include "coset/kernel/group_conv_plan.h"
#include "coset/ops/torch.h"

namespace coset::ops {

/// A plan together with its constant factors, ready for float32 and float64. Cheap to copy.
class FilterExpansion {
 public:
  FilterExpansion() = default;
  explicit FilterExpansion(kernel::GroupConvPlan plan);

  const kernel::GroupConvPlan& plan() const { return prepared_->plan; }

  /// @param weight (O, I, pair_weights)
  /// @return       (O, n_out, I, n_in, k, ...): as many k as axes
  /// @throws coset::Error on another shape
  Tensor operator()(const Tensor& weight) const;

  struct Prepared {
    kernel::GroupConvPlan plan;
    compute::FilterExpansion<float> single;
    compute::FilterExpansion<double> twice;
  };

 private:
  std::shared_ptr<const Prepared> prepared_;
};

/// The same by one product with the whole expansion matrix: the oracle.
Tensor expand_reference(const kernel::GroupConvPlan& plan, const Tensor& weight);

}  // namespace coset::ops
