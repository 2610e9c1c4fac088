/// How this room sees a model: tensors with names, in an order that never changes between runs.
#pragma once

#include <string>
#include <vector>

#include "coset/ops/torch.h"

namespace coset::train {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};
using NamedTensors = std::vector<NamedTensor>;

}  // namespace coset::train
