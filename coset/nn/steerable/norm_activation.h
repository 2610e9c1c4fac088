/// Non-linearity on the length of each irrep copy.
#pragma once

#include "coset/field/steerable_tensor.h"
#include "coset/nn/module.h"
#include "coset/ops/activation.h"

namespace coset::nn {

struct NormActivationOptions {
  ops::Activation activation = ops::Activation::sigmoid;
  bool normalize = true;  ///< y = x f(n)/n instead of x f(n)
  double epsilon = 1e-8;  ///< smallest length n that is told apart from zero
  bool bias = false;      ///< a trainable b per copy, f(n + b); zero at first
};

/// y = x f(n + b) / n, n = sqrt(max(sum x^2, eps^2)) for every irrep copy, scalars too. No second-moment constant.
/// Source: specs steerable 1.8; e3nn.nn.NormActivation.
class NormActivation : public torch::nn::Module {
 public:
  NormActivation(rep::Irreps irreps, NormActivationOptions options);

  field::SteerableTensor forward(const field::SteerableTensor& x) const;

  Tensor bias;  // (num_irreps) or undefined

 private:
  rep::Irreps irreps_;
  NormActivationOptions options_;
  Tensor copy_of_column_;
};

}  // namespace coset::nn
