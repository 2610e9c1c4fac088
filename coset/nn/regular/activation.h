/// Pointwise non-linearities, dropout and sums of fields.
#pragma once

#include <string>

#include "coset/field/regular_field.h"
#include "coset/nn/module.h"

namespace coset::nn {

enum class Pointwise { relu, elu, silu, gelu, tanh };
/// @throws coset::Error naming the nearest
Pointwise parse_pointwise(const std::string& text);

/// Applied to every component: equivariant because the group only permutes components.
/// @throws coset::Error on fields that are not permuted (irreps need a norm or gated non-linearity)
field::RegularField activate(const field::RegularField& f, Pointwise kind);

/// Residual connections. @throws coset::Error when the types differ
field::RegularField add(const field::RegularField& a, const field::RegularField& b);

/// Drops whole fibres: one coin per sample, field and position (or per sample and field with `maps`), shared by all
/// components, so every element of the group sees the same mask. Survivors are scaled by 1/(1 - p).
class FieldDropout : public torch::nn::Module {
 public:
  explicit FieldDropout(double p, bool maps = false);
  field::RegularField forward(const field::RegularField& f) const;

 private:
  double p_;
  bool maps_;
};

}  // namespace coset::nn
