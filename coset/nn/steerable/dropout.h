/// Dropout of whole irreps.
#pragma once

#include "coset/field/steerable_tensor.h"
#include "coset/nn/module.h"

namespace coset::nn {

/// In train mode every irrep copy of every row is zeroed with probability p and otherwise multiplied by 1/(1-p); the
/// 2l+1 components share their fate, so the layer stays equivariant. Identity in eval mode. Source: specs
/// steerable 1.7.
class Dropout : public torch::nn::Module {
 public:
  /// @throws coset::Error unless 0 <= p < 1
  Dropout(rep::Irreps irreps, double p);

  field::SteerableTensor forward(const field::SteerableTensor& x) const;

 private:
  rep::Irreps irreps_;
  double p_;
  Tensor copy_of_column_;  // (D) which irrep copy a column belongs to
};

}  // namespace coset::nn
