#include "coset/nn/irreps/normalization.h"

#include "coset/base/error.h"
#include "coset/nn/batch_statistics.h"
#include "coset/ops/columns.h"

namespace coset::nn {

using field::Field;

namespace {

/// (D, num_irreps): x^2 times this is the mean (component) or the sum (norm) of squares of each copy.
Tensor square_weights(const rep::Irreps& irreps, NormConvention convention, const at::TensorOptions& options) {
  const Tensor indicator = ops::copy_indicator(irreps, options);
  return convention == NormConvention::norm ? indicator : indicator / indicator.sum(0, true).clamp_min(1.0);
}

void register_affine(torch::nn::Module& module, const rep::Irreps& irreps, Tensor& weight, Tensor& bias) {
  weight = module.register_parameter("weight", at::ones({irreps.num_irreps()}));
  bias = module.register_parameter("bias", at::zeros({irreps.count({0, 1})}));
}

/// x * scale per copy, then the bias on the scalar columns.
Tensor rescale(const rep::Irreps& irreps, const Tensor& x, Tensor scale, const Tensor& weight, const Tensor& bias) {
  if (weight.defined()) scale = scale * weight;
  const Tensor y = x * scale.index_select(-1, ops::copy_of_column(irreps));
  if (!bias.defined()) return y;
  return y + ops::spread_scalars(bias, ops::scalar_columns(irreps), irreps.dim());
}

}  // namespace

BatchNorm::BatchNorm(rep::Irreps irreps, NormalizationOptions options) : type_(irreps), options_(options) {
  if (options_.affine) register_affine(*this, irreps, weight, bias);
  running_mean = register_buffer("running_mean", at::zeros({irreps.count({0, 1})}));
  running_variance = register_buffer("running_variance", at::ones({irreps.num_irreps()}));
}

Field BatchNorm::forward(const Field& input) {
  field::expect_type("nn::BatchNorm", field::Base::points, type_, input);
  check(input.data().dim() >= 2, "[nn::BatchNorm] expected (B, ..., D); received ", shape_text(input.data().sizes()));
  const rep::Irreps& irreps = type_.irreps();
  const std::int64_t batch = input.data().size(0);
  std::int64_t samples = 1;
  for (std::int64_t axis = 1; axis + 1 < input.data().dim(); ++axis) samples *= input.data().size(axis);
  Tensor x = input.data().reshape({batch, samples, irreps.dim()});  // (B, S, D)
  const bool use_batch = is_training() && x.numel() > 0;
  if (use_batch && running_mean.numel() > 0) expect_statistics("nn::BatchNorm", batch * samples);
  const auto blend = [&](Tensor& running, const Tensor& now) {
    torch::NoGradGuard guard;
    running.mul_(1 - options_.momentum).add_(now.detach(), options_.momentum);
  };
  Tensor mean = running_mean;
  if (use_batch) {
    mean = x.index_select(-1, ops::scalar_columns(irreps)).mean(at::IntArrayRef{0, 1});
    blend(running_mean, mean);
  }
  x = x - ops::spread_scalars(mean, ops::scalar_columns(irreps), irreps.dim());
  Tensor variance = running_variance;
  if (use_batch) {
    const Tensor squares =
        at::matmul(x * x, square_weights(irreps, options_.convention, x.options()));  // (B, S, copies)
    variance = (options_.reduce == Reduce::mean ? squares.mean(1) : squares.amax(1)).mean(0);
    blend(running_variance, variance);
  }
  const Tensor y = rescale(irreps, x, (variance + options_.epsilon).rsqrt(), weight, bias);
  return {type_, y.reshape(input.data().sizes())};
}

InstanceNorm::InstanceNorm(rep::Irreps irreps, NormalizationOptions options)
    : type_(irreps), norm_(irreps, {options.epsilon, options.convention == NormConvention::norm}) {
  check(options.reduce == Reduce::mean, "[nn::InstanceNorm] expected reduce = mean: graphs differ in size");
  if (options.affine) register_affine(*this, irreps, weight, bias);
}

Tensor InstanceNorm::run(const Tensor& x, const Tensor& residual, const Tensor& graph_of_node,
                         std::int64_t num_graphs) const {
  const bool affine = weight.defined();
  return norm_({x, residual, affine ? weight : at::ones({type_.irreps().num_irreps()}, x.options()),
                affine ? bias : at::zeros({type_.irreps().count({0, 1})}, x.options())},
               graph_of_node, num_graphs);
}

Field InstanceNorm::forward(const Field& x, const Tensor& graph_of_node, std::int64_t num_graphs) const {
  field::expect_type("nn::InstanceNorm", field::Base::points, type_, x);
  return {type_, run(x.data(), Tensor(), graph_of_node, num_graphs)};
}

Field InstanceNorm::forward(const Field& x, const Field& update, const Tensor& graph_of_node,
                            std::int64_t num_graphs) const {
  field::expect_type("nn::InstanceNorm", field::Base::points, type_, x);
  field::expect_type("nn::InstanceNorm", field::Base::points, type_, update);
  return {type_, run(x.data(), update.data(), graph_of_node, num_graphs)};
}

}  // namespace coset::nn
