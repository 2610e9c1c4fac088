/// Scale-equivariant kernels from Hermite-Gauss functions.
///
///   psi_n(x; s) = prod_a He_{n_a}(x_a / s) exp(-x_a^2 / (2 s^2)) / s,      0 <= n_a < order
///
/// He: probabilists' Hermite polynomials. The prefactor 1/s^d is the determinant. Each function is divided by its l2
/// norm at the smallest scale. Copies at larger scales live in more cells of the same array. Source:
/// Sosnovik, Szmaja and Smeulders, arXiv 1910.11093.
#pragma once

#include "coset/kernel/group_conv_plan.h"

namespace coset::kernel {

struct HermiteOptions {
  std::int64_t size = 7;   ///< cells per axis at the largest scale, odd
  std::int64_t order = 3;  ///< functions per axis: order^space in all
  double width = 0.9;      ///< sigma in pixels at scale 1
};

/// He_n(x) by He_{n+1} = x He_n - n He_{n-1}.
double hermite(std::int64_t n, double x);

/// Lifting onto the scales of `out` (a scale grid). Spatial factor (scales, taps, order^space).
/// @throws coset::Error when the grid is not made of scales, the size is even, order < 1 or width <= 0, or the smallest
/// scale has too few cells for the order
GroupConvPlan hermite_lifting(const group::GroupGrid& out, const HermiteOptions& options);

/// On the scales themselves: output scale r looks at input scales r .. r + interscale - 1 (nothing beyond the largest).
/// @throws coset::Error as hermite_lifting, and unless 1 <= interscale <= number of scales
GroupConvPlan hermite_group(const group::GroupGrid& grid, const HermiteOptions& options, std::int64_t interscale);

}  // namespace coset::kernel
