/// From a distance to the weights of a message: radial functions, a smooth end at the cutoff, a small network.
#pragma once

#include <vector>

#include "coset/kernel/radial.h"
#include "coset/nn/module.h"
#include "coset/ops/activation.h"

namespace coset::nn {

struct RadialOptions {
  kernel::RadialEmbedding basis{0.0, 5.0, 8, kernel::RadialBasis::bessel, true};  ///< `end` is the cutoff
  double envelope = 6.0;                                                          ///< p of kernel::polynomial_cutoff
  std::vector<std::int64_t> hidden{64, 64};
  ops::Activation activation = ops::Activation::silu;  ///< f(0) = 0, so that nothing is left beyond the cutoff
};

/// w(r) = W_n kappa f(... kappa f(W_0 b(r) u(r))), b the basis, u the envelope, each W with 1/sqrt(columns), no biases.
///
/// Value, slope and curvature vanish at the cutoff. `weightK` (in, out) start as N(0, 1). Differentiable to second
/// order. Source: Batzner et al., arXiv 2101.03164, equation 8; e3nn.nn.FullyConnectedNet.
class RadialEmbedding : public torch::nn::Module {
 public:
  /// @throws coset::Error on a basis or envelope that coset/kernel/radial.h refuses, or an activation with f(0) != 0
  RadialEmbedding(const RadialOptions& options, std::int64_t outputs);

  /// distance (E) -> (E, outputs)
  Tensor forward(const Tensor& distance) const;

  const RadialOptions& options() const { return options_; }

 private:
  RadialOptions options_;
  std::vector<Tensor> weights_;
};

}  // namespace coset::nn
