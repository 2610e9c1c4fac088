/// Reference values of tests/golden as tensors (float64); README.md there says where they come from.
#pragma once

#include <string>

#include "coset/io/npz.h"
#include "coset/ops/array.h"

namespace coset::golden {

class Tensors {
 public:
  /// `bundle`: a file of tests/golden, "segnn.npz"
  explicit Tensors(const std::string& bundle) : arrays_(io::load_npz(std::string(COSET_GOLDEN_DIR) + "/" + bundle)) {}
  Tensor operator()(const std::string& name) const { return ops::to_tensor(arrays_.at(name)); }

 private:
  io::Arrays arrays_;
};

}  // namespace coset::golden
