/// Dropout of whole fields, of any type and on any base.
#pragma once

#include "coset/field/field.h"
#include "coset/nn/module.h"

namespace coset::nn {

/// What one coin decides.
enum class DropoutUnit {
  point,  ///< a field over one point of a sample
  map     ///< a field over all points of a sample
};

/// In train mode every field of every point is zeroed with probability p and otherwise multiplied by 1/(1-p). One coin
/// per sample, field and point (or per sample and field with DropoutUnit::map), shared by all components, so every element of the
/// group sees the same mask and the layer stays equivariant. Identity in eval mode.
class Dropout : public torch::nn::Module {
 public:
  /// @throws coset::Error unless 0 <= p < 1
  explicit Dropout(double p, DropoutUnit unit = DropoutUnit::point);

  field::Field forward(const field::Field& f) const;

 private:
  double p_;
  DropoutUnit unit_;
};

}  // namespace coset::nn
