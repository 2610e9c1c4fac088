#include "coset/nn/steerable/normalization.h"

#include "coset/base/error.h"
#include "coset/nn/steerable/columns.h"
#include "coset/ops/gated_product.h"

namespace coset::nn {

namespace {

/// (D, num_irreps): x^2 times this is the mean (component) or the sum (norm) of squares of each copy.
Tensor square_weights(const rep::Irreps& irreps, NormConvention convention, const at::TensorOptions& options) {
  const Tensor indicator = copy_indicator(irreps, options);
  return convention == NormConvention::norm ? indicator : indicator / indicator.sum(0, true).clamp_min(1.0);
}

void register_affine(torch::nn::Module& module, const rep::Irreps& irreps, Tensor& weight, Tensor& bias) {
  weight = module.register_parameter("weight", at::ones({irreps.num_irreps()}));
  bias = module.register_parameter("bias", at::zeros({irreps.count({0, 1})}));
}

/// x * scale per copy, then the bias on the scalar columns.
Tensor rescale(const rep::Irreps& irreps, const Tensor& x, Tensor scale, const Tensor& weight, const Tensor& bias) {
  if (weight.defined()) scale = scale * weight;
  const Tensor y = x * scale.index_select(-1, copy_of_column(irreps));
  if (!bias.defined()) return y;
  return y + at::zeros({irreps.dim()}, bias.options()).index_add(0, ops::scalar_columns(irreps), bias);
}

/// `mean` (..., num_scalars) spread to (..., D), zero outside the scalar columns.
Tensor spread_mean(const rep::Irreps& irreps, const Tensor& mean) {
  std::vector<std::int64_t> shape = mean.sizes().vec();
  shape.back() = irreps.dim();
  return at::zeros(shape, mean.options()).index_add(-1, ops::scalar_columns(irreps), mean);
}

}  // namespace

BatchNorm::BatchNorm(rep::Irreps irreps, NormalizationOptions options) : irreps_(std::move(irreps)), options_(options) {
  if (options_.affine) register_affine(*this, irreps_, weight, bias);
  running_mean = register_buffer("running_mean", at::zeros({irreps_.count({0, 1})}));
  running_variance = register_buffer("running_variance", at::ones({irreps_.num_irreps()}));
}

field::SteerableTensor BatchNorm::forward(const field::SteerableTensor& input) {
  field::expect_irreps("nn::BatchNorm", irreps_, input);
  check(input.data().dim() >= 2, "[nn::BatchNorm] expected (B, ..., D); received ", shape_text(input.data().sizes()));
  const std::int64_t batch = input.data().size(0);
  Tensor x = input.data().reshape({batch, -1, irreps_.dim()});  // (B, S, D)
  const bool use_batch = is_training() && x.numel() > 0;
  const auto blend = [&](Tensor& running, const Tensor& now) {
    torch::NoGradGuard guard;
    running.mul_(1 - options_.momentum).add_(now.detach(), options_.momentum);
  };
  Tensor mean = running_mean;
  if (use_batch) {
    mean = x.index_select(-1, ops::scalar_columns(irreps_)).mean(at::IntArrayRef{0, 1});
    blend(running_mean, mean);
  }
  x = x - spread_mean(irreps_, mean);
  Tensor variance = running_variance;
  if (use_batch) {
    const Tensor squares =
        at::matmul(x * x, square_weights(irreps_, options_.convention, x.options()));  // (B, S, copies)
    variance = (options_.reduce == Reduce::mean ? squares.mean(1) : squares.amax(1)).mean(0);
    blend(running_variance, variance);
  }
  const Tensor y = rescale(irreps_, x, (variance + options_.epsilon).rsqrt(), weight, bias);
  return {irreps_, y.reshape(input.data().sizes())};
}

InstanceNorm::InstanceNorm(rep::Irreps irreps, NormalizationOptions options)
    : irreps_(std::move(irreps)), options_(options) {
  check(options_.reduce == Reduce::mean, "[nn::InstanceNorm] expected reduce = mean: graphs differ in size");
  if (options_.affine) register_affine(*this, irreps_, weight, bias);
}

field::SteerableTensor InstanceNorm::forward(const field::SteerableTensor& input, const Tensor& graph_of_node,
                                             std::int64_t num_graphs) const {
  field::expect_irreps("nn::InstanceNorm", irreps_, input);
  Tensor x = input.data();  // (N, D)
  check(x.dim() == 2 && x.size(0) == graph_of_node.size(0), "[nn::InstanceNorm] expected (", graph_of_node.size(0),
        " nodes, D); received ", shape_text(x.sizes()));
  const Tensor nodes = at::zeros({num_graphs}, x.options())
                           .index_add(0, graph_of_node, at::ones({x.size(0)}, x.options()))
                           .clamp_min(1.0)
                           .unsqueeze(1);  // (B, 1)
  const auto graph_mean = [&](const Tensor& values) {
    return at::zeros({num_graphs, values.size(1)}, x.options()).index_add(0, graph_of_node, values) / nodes;
  };
  const Tensor mean = graph_mean(x.index_select(-1, ops::scalar_columns(irreps_)));
  x = x - spread_mean(irreps_, mean).index_select(0, graph_of_node);
  const Tensor variance = graph_mean(at::matmul(x * x, square_weights(irreps_, options_.convention, x.options())));
  return {irreps_,
          rescale(irreps_, x, (variance + options_.epsilon).rsqrt().index_select(0, graph_of_node), weight, bias)};
}

}  // namespace coset::nn
