/// From invariant features to logits: linear layers, each but the last with batch normalisation, activation and
/// dropout.
#pragma once

#include <vector>

#include "coset/nn/module.h"

namespace coset::model {

struct DenseHeadOptions {
  std::vector<std::int64_t> hidden;  ///< widths between features and classes
  bool elu = false;                  ///< ELU in place of ReLU
  double dropout = 0.0;
};

/// Weights start uniform on +- 1/sqrt(features), as torch's linear layers do.
class DenseHead : public torch::nn::Module {
 public:
  DenseHead(std::int64_t features, std::int64_t classes, const DenseHeadOptions& options);
  /// (B, features) -> (B, classes). @throws coset::Error in train mode when B = 1 and there are hidden layers
  Tensor forward(const Tensor& features);

 private:
  struct Layer {
    Tensor weight, bias;                                  // (out, in), (out)
    Tensor scale, shift, running_mean, running_variance;  // (out); undefined in the last layer
  };
  DenseHeadOptions options_;
  std::vector<Layer> layers_;
};

}  // namespace coset::model
