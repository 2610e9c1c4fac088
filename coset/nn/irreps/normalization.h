/// Batch and instance normalisation of steerable features.
#pragma once

#include "coset/field/field.h"
#include "coset/nn/module.h"
#include "coset/ops/instance_norm.h"

namespace coset::nn {

enum class Reduce { mean, max };
enum class NormConvention { component, norm };

struct NormalizationOptions {
  double epsilon = 1e-5;
  double momentum = 0.1;                                  ///< BatchNorm: running <- (1-m) running + m current
  bool affine = true;                                     ///< trainable weight per copy, bias per 0e copy
  Reduce reduce = Reduce::mean;                           ///< over the rows of one instance
  NormConvention convention = NormConvention::component;  ///< mean or sum of squares over the 2l+1 components
};

/// y = x w / sqrt(s + eps) (+ b for 0e), after 0e columns lost their mean. s: mean over all rows of the copy's mean (or
/// summed) square, population variance. Eval mode uses the running values. 0o gets neither mean nor bias.
/// Input (B, ..., D): the axes between are samples of one instance; reduce = max takes the largest of them before the
/// mean over B. Source: e3nn.nn.BatchNorm.
/// forward: @throws coset::Error in train mode when a 0e copy has one value in all, whose variance is zero
class BatchNorm : public torch::nn::Module {
 public:
  BatchNorm(rep::Irreps irreps, NormalizationOptions options = {});
  field::Field forward(const field::Field& x);

  Tensor weight, bias, running_mean, running_variance;

 private:
  field::FieldType type_;
  NormalizationOptions options_;
};

/// The same with the statistics of each instance (graph) alone, no running values: train and eval agree; reduce = mean
/// only.
/// forward(x, graph_of_node, num_graphs): x (N, D), statistics over the nodes of each graph. Source: specs
/// steerable 3.4.
class InstanceNorm : public torch::nn::Module {
 public:
  /// @throws coset::Error on reduce = max: graphs differ in size
  InstanceNorm(rep::Irreps irreps, NormalizationOptions options = {});
  /// @param graph_of_node (N) int64 in 0 .. num_graphs-1; graphs without nodes are fine
  field::Field forward(const field::Field& x, const Tensor& graph_of_node, std::int64_t num_graphs) const;
  /// The norm of x + update, the sum fused into it. Both share the layer's irreps.
  field::Field forward(const field::Field& x, const field::Field& update, const Tensor& graph_of_node,
                       std::int64_t num_graphs) const;

  Tensor weight, bias;

 private:
  Tensor run(const Tensor& x, const Tensor& residual, const Tensor& graph_of_node, std::int64_t num_graphs) const;

  field::FieldType type_;
  ops::InstanceNorm norm_;
};

}  // namespace coset::nn
