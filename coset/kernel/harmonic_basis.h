/// Steerable kernels sampled on pixels: circular harmonics on Gaussian rings.
///
/// Between scalars and regular fields the constraint leaves a free function, expanded in band-limited harmonics: a plan
/// like any other. Between other types the angular solutions of coset/kernel/steerability.h are sampled one by one.
/// Source: Weiler and Cesa, arXiv 1911.08251, appendix; e2cnn.
#pragma once

#include "coset/kernel/group_conv_plan.h"
#include "coset/kernel/steerability.h"

namespace coset::kernel {

/// trivial -> regular: k(h^-1 p) with k in the span of R_i(r) cos(m phi), R_i(r) sin(m phi), m <= band limit of ring i,
/// each scaled so that sum_{r, p} k(h_r^-1 p)^2 / N = 1; functions that all but vanish on the pixels (<= 1e-2 before
/// scaling) are dropped. @throws coset::Error on a group that does not act on the plane
GroupConvPlan harmonic_lifting(const group::GroupGrid& out, std::int64_t size, const Rings& rings);

/// regular -> regular on C_N or D_N: the same for every slice, slices permuted.
/// @throws coset::Error on another group
GroupConvPlan harmonic_group(const group::GroupGrid& grid, std::int64_t size, const Rings& rings);

/// Any pair of types: K_b[o, i, p] for every ring and angular solution, scaled so that sum_p tr(K K^T) / d = 1 with d
/// the dimension of the output irrep that the solution reaches; elements that all but vanish on the pixels
/// (squared norm <= 1e-2 before scaling) are dropped.
struct SampledKernels {
  std::int64_t dim_out = 0, dim_in = 0, size = 0, count = 0;
  std::vector<double> values;  ///< (dim_out, dim_in, size^2, count)

  /// As a plan with one cell per (o, i, p), for ops::FilterExpansion.
  GroupConvPlan plan() const;
};
/// @throws coset::Error on a group other than C_N or D_N
SampledKernels sample_steerable(const group::GroupGrid& group, const rep::GridRepresentation& in,
                                const rep::GridRepresentation& out, std::int64_t size, const Rings& rings);

}  // namespace coset::kernel
