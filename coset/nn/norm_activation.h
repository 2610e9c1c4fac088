/// Non-linearity on the length of each field, for fields whose components are not permuted (irreps).
#pragma once

#include "coset/field/field.h"
#include "coset/nn/module.h"
#include "coset/ops/activation.h"

namespace coset::nn {

struct NormActivationOptions {
  ops::Activation activation = ops::Activation::sigmoid;
  bool normalize = true;        ///< y = x f(n)/n instead of x f(n)
  double epsilon = 1e-8;        ///< smallest length n that is told apart from zero
  bool bias = false;            ///< a trainable b per field, f(n + b); zero at first
  bool signed_scalars = false;  ///< scalars pass f(x + b) and keep their sign instead of f(|x| + b)

  /// x -> relu(|x| + b) x / |x|, scalars relu(x + b). Source: Weiler and Cesa, arXiv 1911.08251, section 2.6.
  static NormActivationOptions threshold() { return {ops::Activation::relu, true, 1e-6, true, true}; }
};

/// y = x f(n + b) / n, n = sqrt(max(sum x^2, eps^2)) over the components of every field of O(3) or of a grid, on any
/// base. No second-moment constant. Source: e3nn.nn.NormActivation.
class NormActivation : public torch::nn::Module {
 public:
  NormActivation(field::FieldType type, NormActivationOptions options);

  field::Field forward(const field::Field& x) const;

  Tensor bias;  // (fields) or undefined

 private:
  field::FieldType type_;
  NormActivationOptions options_;
};

}  // namespace coset::nn
