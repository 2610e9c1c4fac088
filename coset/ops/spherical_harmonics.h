/// Real spherical harmonics of tensors of vectors, differentiable to second order.
#pragma once

#include "coset/compute/spherical_harmonics.h"
#include "coset/ops/torch.h"

namespace coset::ops {

/// Y^0 .. Y^lmax of each vector (docs/conventions.md#spherical-harmonics).
///
/// @param vectors    (R, 3), any unit when `normalize`, else the solid harmonics in that unit
/// @param normalize  true: of the direction, of any finite length; the zero vector gives Y^0 and zeros, with zero
///   derivative, and a vector with an infinite or NaN component NaN for l > 0
/// @return           (R, (lmax+1)^2), index l^2 + l + m
/// @throws coset::Error unless 0 <= lmax <= 63 and vectors are (R, 3), float32 or float64
Tensor spherical_harmonics(const Tensor& vectors, int lmax,
                           compute::HarmonicsNormalization normalization = compute::HarmonicsNormalization::component,
                           bool normalize = true);

}  // namespace coset::ops
