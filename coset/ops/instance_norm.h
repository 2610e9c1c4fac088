/// Instance norm of steerable features, on tensors.
#pragma once

#include <memory>

#include "coset/compute/instance_norm.h"
#include "coset/ops/torch.h"

namespace coset::ops {

struct InstanceNormOperands {
  Tensor x;         // (N, D)
  Tensor residual;  // (N, D), added to x; undefined: nothing is
  Tensor weight;    // (copies)
  Tensor bias;      // (0e copies)
};

class InstanceNorm {
 public:
  explicit InstanceNorm(const rep::Irreps& irreps, compute::InstanceNormOptions options = {});

  /// y of coset/compute/instance_norm.h, (N, D). First derivatives by the kernel, second by the composed form.
  /// @param graph_of_node (N) int64 in 0 .. num_graphs-1; graphs without nodes are fine. The kernel takes ascending
  ///   ones, the composed form the others.
  /// @throws coset::Error on shapes or types that do not fit, or a graph number outside 0 .. num_graphs-1
  Tensor operator()(const InstanceNormOperands& operands, const Tensor& graph_of_node, std::int64_t num_graphs) const;

  /// The same by sums over tensors.
  Tensor composed(const InstanceNormOperands& operands, const Tensor& graph_of_node, std::int64_t num_graphs) const;

  const compute::InstanceNorm& kernel() const { return *kernel_; }

 private:
  std::shared_ptr<const compute::InstanceNorm> kernel_;
  Tensor copy_of_column_;  // (D)
  Tensor scalar_columns_;
  Tensor shares_;  // (copies) what a squared column adds to its copy's mean
};

}  // namespace coset::ops
