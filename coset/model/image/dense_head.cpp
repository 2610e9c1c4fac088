#include "coset/model/image/dense_head.h"

#include <cmath>

#include "coset/nn/batch_statistics.h"

namespace coset::model {

DenseHead::DenseHead(std::int64_t features, std::int64_t classes, const DenseHeadOptions& options) : options_(options) {
  std::int64_t in = features;
  for (std::size_t i = 0; i <= options_.hidden.size(); ++i) {
    const bool last = i == options_.hidden.size();
    const std::int64_t out = last ? classes : options_.hidden[i];
    const double bound = 1.0 / std::sqrt(static_cast<double>(in));
    const std::string place = std::to_string(i);
    Layer layer;
    layer.weight = register_parameter("weight" + place, at::empty({out, in}).uniform_(-bound, bound));
    layer.bias = register_parameter("bias" + place, at::empty({out}).uniform_(-bound, bound));
    if (!last) {
      layer.scale = register_parameter("scale" + place, at::ones({out}));
      layer.shift = register_parameter("shift" + place, at::zeros({out}));
      layer.running_mean = register_buffer("running_mean" + place, at::zeros({out}));
      layer.running_variance = register_buffer("running_variance" + place, at::ones({out}));
    }
    layers_.push_back(std::move(layer));
    in = out;
  }
}

Tensor DenseHead::forward(const Tensor& features) {
  if (is_training() && layers_.size() > 1) nn::expect_statistics("model::DenseHead", features.size(0));
  Tensor x = features;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    x = at::linear(x, layer.weight, layer.bias);
    if (i + 1 == layers_.size()) break;
    x = at::batch_norm(x, layer.scale, layer.shift, layer.running_mean, layer.running_variance, is_training(), 0.1,
                       1e-5, false);
    x = at::dropout(options_.elu ? at::elu(x) : at::relu(x), options_.dropout, is_training());
  }
  return x;
}

}  // namespace coset::model
