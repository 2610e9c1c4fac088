/// Group convolution as data: how the weights of a layer become the filter bank of an ordinary convolution.
///
///   bank[o, r, i, q, p] = sum_{b, c} fibre[r, q, b] spatial[r, p, c] weight[o, i, b, c]
///
/// o, i: output and input fields; r, q: elements of the output and input grid on H; p: kernel cells; b, c: fibre and
/// spatial basis functions. Bilinear rotation, exact index tables, B-splines, Hermite-Gauss functions, circular
/// harmonics and radial rings all have this form. Determinants 1/|h| and quadrature weights are inside the two factors.
/// ops/ executes a plan. Source: Bekkers, ICLR 2020, and lecture notes (2021), theorem 3.2.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coset/group/grid.h"

namespace coset::kernel {

struct GroupConvPlan {
  std::string in, out;               ///< names of the grids; scalar fields are "C1"
  int space = 0;                     ///< axes of the kernel
  std::int64_t size = 0;             ///< kernel cells per axis
  std::int64_t n_in = 0, n_out = 0;  ///< elements of the grids
  std::int64_t taps = 0;             ///< size^space
  std::int64_t fibre_basis = 0, spatial_basis = 0;
  std::vector<double> fibre;    ///< (n_out, n_in, fibre_basis)
  std::vector<double> spatial;  ///< (n_out, taps, spatial_basis)

  /// Weights of one pair of fields.
  std::int64_t pair_weights() const { return fibre_basis * spatial_basis; }
  /// Standard deviation of independent weights for which a rectified unit input keeps its variance (generalised He):
  /// sqrt(2 / (in_fields * mean_r sum_{q,p,b,c} (fibre spatial)^2)).
  double weight_deviation(std::int64_t in_fields) const;
  bool operator==(const GroupConvPlan&) const = default;
};

/// For people: "C1 -> C8, 5x5 cells, 1 x 25 weights per pair".
std::string describe(const GroupConvPlan& plan);

/// One line that parse_group_conv_plan turns into an equal plan (coset/base/record.h).
std::string to_string(const GroupConvPlan& plan);
/// @throws coset::Error in one line on any other text, and where sizes and numbers of factors do not fit together
GroupConvPlan parse_group_conv_plan(const std::string& text);

/// The whole linear map of one pair, (n_out, n_in, taps, pair_weights): the oracle of every execution.
std::vector<double> expansion_matrix(const GroupConvPlan& plan);

struct InterpolatedOptions {
  std::int64_t size = 3;
  bool disk = true;   ///< zero the cells outside the disk; ignored where every element maps the lattice to itself
  bool ring = false;  ///< turn the ring of a 3x3 kernel instead of interpolating (C2, C4, C8)
};

/// Lifting R^d -> R^d x| H: weight (cells), the kernel and its interpolated (or exactly permuted) copies.
/// @throws coset::Error unless every |det h| = 1: scales need kernels that widen (spline_basis.h, hermite_basis.h)
GroupConvPlan interpolated_lifting(const group::GroupGrid& out, const InterpolatedOptions& options);

/// Group convolution on R^d x| H for a finite group H: weight (H, cells); slice q of copy r is the copy of slice r^-1
/// q.
/// @throws coset::Error unless the grid is closed and every |det h| = 1
GroupConvPlan interpolated_group(const group::GroupGrid& grid, const InterpolatedOptions& options);

/// Isotropic R^d -> R^d, the stabiliser constraint k(hx) = k(x) of scalar fields: one weight per distance that occurs
/// among the cells of the disk (ball).
/// @throws coset::Error unless every |det h| = 1: for H = R+ no such kernel exists but 0.
/// @source Bekkers, lecture notes (2021), theorem 3.2
GroupConvPlan isotropic(const group::GroupGrid& grid, std::int64_t size);

/// No symmetry: weight (cells), one copy. The plain convolution as a member of the family, and the negative control.
GroupConvPlan plain_convolution(int space, std::int64_t size);

}  // namespace coset::kernel
