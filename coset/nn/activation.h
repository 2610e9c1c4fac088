/// Pointwise non-linearities and sums of fields.
#pragma once

#include "coset/field/field.h"
#include "coset/nn/module.h"
#include "coset/ops/activation.h"

namespace coset::nn {

/// Applied to every component: equivariant because the group only permutes components, or leaves them alone (0e).
/// @throws coset::Error on other fields (irreps need a norm, gated or Fourier non-linearity)
field::Field activate(const field::Field& f, ops::Activation kind);

/// Residual connections. @throws coset::Error when the types differ
field::Field add(const field::Field& a, const field::Field& b);

}  // namespace coset::nn
