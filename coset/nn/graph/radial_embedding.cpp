#include "coset/nn/graph/radial_embedding.h"

#include <cmath>

#include "coset/base/error.h"
#include "coset/ops/radial.h"

namespace coset::nn {

RadialEmbedding::RadialEmbedding(const RadialOptions& options, std::int64_t outputs) : options_(options) {
  const Tensor zero = at::zeros({1}, at::kDouble);
  check(ops::activate(options_.activation, zero).item<double>() == 0.0,
        "[nn::RadialEmbedding] expected an activation that is 0 at 0; received ", ops::to_string(options_.activation));
  check(outputs >= 1, "[nn::RadialEmbedding] expected at least one output; received ", outputs);
  ops::polynomial_cutoff(zero, options_.basis.end, options_.envelope);  // they refuse what they cannot compute
  ops::radial_basis(options_.basis, zero);
  std::vector<std::int64_t> widths{options_.basis.number};
  widths.insert(widths.end(), options_.hidden.begin(), options_.hidden.end());
  widths.push_back(outputs);
  for (std::size_t i = 0; i + 1 < widths.size(); ++i)
    weights_.push_back(register_parameter("weight" + std::to_string(i), at::randn({widths[i], widths[i + 1]})));
}

Tensor RadialEmbedding::forward(const Tensor& distance) const {
  const Tensor envelope = ops::polynomial_cutoff(distance, options_.basis.end, options_.envelope);
  Tensor x = ops::radial_basis(options_.basis, distance) * envelope.unsqueeze(1);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    x = at::matmul(x, weights_[i]) / std::sqrt(static_cast<double>(weights_[i].size(0)));
    if (i + 1 < weights_.size()) x = ops::activate(options_.activation, x) * ops::moment_constant(options_.activation);
  }
  return x;
}

}  // namespace coset::nn
