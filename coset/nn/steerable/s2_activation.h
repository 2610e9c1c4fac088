/// Pointwise non-linearity on the sphere.
#pragma once

#include "coset/field/steerable_tensor.h"
#include "coset/nn/module.h"
#include "coset/ops/activation.h"
#include "coset/rep/spherical_harmonics.h"

namespace coset::nn {

struct S2ActivationOptions {
  ops::Activation activation = ops::Activation::silu;
  int res_beta = 0;   ///< even, >= 2 (lmax + 1); 0: that
  int res_alpha = 0;  ///< 0: max(2 lmax + 1, res_beta - 1)
  rep::HarmonicsNormalization normalization = rep::HarmonicsNormalization::component;
};

/// Coefficients -> samples on the grid -> kappa act -> coefficients, for a signal with one copy of each degree 0 ..
/// lmax.
///
/// A product of harmonics up to lmax stays below the grid's band limit, a general function does not: the layer is
/// equivariant to an error that falls as the resolution rises. Source: specs steerable 1.10; e3nn.nn.S2Activation.
/// @cost two dense products per row: (lmax+1)^2 times res_beta res_alpha
class S2Activation : public torch::nn::Module {
 public:
  /// @throws coset::Error unless irreps are 1x0 + 1x1 + ... + 1x lmax with parities p_value p_argument^l, and the
  /// activation fits the parity of the values (even or odd for p_value = -1)
  S2Activation(rep::Irreps irreps, S2ActivationOptions options);

  field::SteerableTensor forward(const field::SteerableTensor& x) const;
  const rep::Irreps& out() const { return out_; }

 private:
  rep::Irreps in_, out_;
  S2ActivationOptions options_;
  Tensor to_grid_;    // (M, G), float64
  Tensor from_grid_;  // (G, M), float64
};

}  // namespace coset::nn
