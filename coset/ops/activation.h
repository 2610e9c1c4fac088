/// Scalar non-linearities and the constants that keep second moments at one.
#pragma once

#include <string>

#include "coset/ops/torch.h"

namespace coset::ops {

enum class Activation { identity, silu, sigmoid, tanh, relu, abs, softplus, gelu, elu };

Activation parse_activation(const std::string& name);  ///< @throws coset::Error naming the nearest known name
std::string to_string(Activation activation);

/// f(x), element by element. softplus is log(1 + e^x) - log 2.
Tensor activate(Activation activation, const Tensor& x);

/// kappa = E[f(z)^2]^(-1/2) for z ~ N(0, 1), e3nn's estimate (10^6 normals of torch, seed 0), so
/// that weights can be exchanged; 1 where |kappa - 1| < 1e-4.
double moment_constant(Activation activation);

/// +1 when f is even, -1 when f is odd, 0 otherwise: which parity a pseudo-scalar keeps.
int activation_parity(Activation activation);

}  // namespace coset::ops
