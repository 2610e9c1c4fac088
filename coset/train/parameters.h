/// How this room sees a model: tensors with names, in an order that never changes between runs.
#pragma once

#include <string>
#include <vector>

#include "coset/nn/module.h"

namespace coset::train {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};
using NamedTensors = std::vector<NamedTensor>;

/// What a torch::nn::Module trains, and what it keeps beside that.
inline NamedTensors parameters_of(const torch::nn::Module& module) {
  NamedTensors named;
  for (const auto& item : module.named_parameters()) named.push_back({item.key(), item.value()});
  return named;
}
inline NamedTensors buffers_of(const torch::nn::Module& module) {
  NamedTensors named;
  for (const auto& item : module.named_buffers()) named.push_back({item.key(), item.value()});
  return named;
}

}  // namespace coset::train
