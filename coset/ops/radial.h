/// Radial functions of distances as tensors, differentiable to second order (coset/kernel/radial.h has the formulas).
#pragma once

#include "coset/kernel/radial.h"
#include "coset/ops/torch.h"

namespace coset::ops {

/// Every function of the embedding: (E) -> (E, embedding.number), of one floating type; computed in float64.
/// @throws coset::Error on other shapes or types, on an embedding that kernel::evaluate refuses, and when a third
/// derivative is asked for
Tensor radial_basis(const kernel::RadialEmbedding& embedding, const Tensor& distance);

/// kernel::polynomial_cutoff of every distance: (E) -> (E). @throws as radial_basis
Tensor polynomial_cutoff(const Tensor& distance, double r_max, double p = 6.0);

}  // namespace coset::ops
