/// Pointwise non-linearity on the samples of a band-limited function, which a field holds by its Fourier coefficients.
#pragma once

#include "coset/field/field.h"
#include "coset/nn/module.h"
#include "coset/ops/activation.h"
#include "coset/rep/spherical_harmonics.h"

namespace coset::nn {

struct SphereActivationOptions {
  ops::Activation activation = ops::Activation::silu;
  int res_beta = 0;   ///< even, >= 2 (lmax + 1); 0: that
  int res_alpha = 0;  ///< 0: max(2 lmax + 1, res_beta - 1)
  rep::HarmonicsNormalization normalization = rep::HarmonicsNormalization::component;
};

/// Coefficients -> samples -> act -> coefficients up to the same frequency, on any base.
///
/// On the sphere a product of harmonics up to lmax stays below the grid's band limit, a general function does not: the
/// layer is equivariant to an error that falls as the resolution rises. On a finite group it is equivariant for every
/// element; the finer the grid, the nearer to the continuous group.
/// @cost two dense products per field: coefficients times samples
class FourierActivation : public torch::nn::Module {
 public:
  /// One signal on the sphere with one copy of each degree 0 .. lmax; the activation carries its second-moment constant.
  /// Source: e3nn.nn.S2Activation. @throws coset::Error unless irreps are 1x0 + 1x1 + ... + 1x lmax with parities
  /// p_value p_argument^l, and the activation fits the parity of the values (even or odd for p_value = -1)
  FourierActivation(const rep::Irreps& irreps, const SphereActivationOptions& options);
  /// Functions on a finite group, of type fourier_type (coset/nn/grid/fourier.h); no constant. Source: Cesa, Lang,
  /// Weiler, ICLR 2022. @throws coset::Error as fourier_type
  FourierActivation(field::GridPtr group, std::int64_t fields, std::int64_t max_frequency,
                    ops::Activation kind = ops::Activation::elu);

  field::Field forward(const field::Field& x) const;
  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }

 private:
  field::FieldType in_, out_;
  ops::Activation activation_;
  double constant_ = 1.0;
  Tensor to_samples_;    // (coefficients, samples), float64
  Tensor from_samples_;  // (samples, coefficients)
};

}  // namespace coset::nn
