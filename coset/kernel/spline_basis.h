/// Group convolution kernels as sums of B-splines on the Lie algebra: continuous, so they may be sampled on any grid.
///
///   k(x, h) = sum_{b, c} w_bc  B(log(h_b^-1 h) / s_h)  prod_a B((x_a - x_{c,a}) / s_x)
///
/// The H part is a product over the logarithm's coordinates (angle wrapped, ln s), centred at h_b: well defined on
/// curved H. bank[r, q] carries 1/|h_r| and the Haar weight of q, so a layer trained on one grid keeps its response on
/// a finer one. Source: Bekkers, arXiv 1909.12057; gsplinets.
#pragma once

#include "coset/kernel/group_conv_plan.h"

namespace coset::kernel {

/// Centres and widths of the splines along H. Width 0 means that the coordinate does not occur.
struct FibreSplines {
  group::GroupGrid centres;
  double angle_width = 0.0;
  double scale_width = 0.0;  ///< of ln s
  int order = 2;
};

/// Smooth interpolation over the whole group: `count` centres around the circle (each component), width = spacing.
/// "so2:N", "c N", "o2:N", "d N" grids; count <= grid turns, not 2 (splines that wide overlap themselves). With count =
/// 1 the kernel does not depend on the angle.
FibreSplines dense_rotations(const group::GroupGrid& grid, std::int64_t count);
/// `count` centres around the whole circle, but as narrow as the step of the grid.
FibreSplines atrous_rotations(const group::GroupGrid& grid, std::int64_t count);
/// `count` centres around the identity at the step of the grid, as narrow as the step.
FibreSplines localised_rotations(const group::GroupGrid& grid, std::int64_t count);
/// `count` centres base^i on log-uniform scales, i = -(count-1)/2 rounded towards zero, ..., as narrow as the step ln
/// base.
FibreSplines localised_scales(const group::GroupGrid& grid, std::int64_t count);

/// Centres of the spatial splines: (count^space, space) around 0, spaced by `spacing` pixels.
struct SpatialSplines {
  std::vector<double> centres;  ///< (n, space)
  double width = 1.0;           ///< s_x in pixels
  int order = 2;
  std::int64_t count(int space) const { return static_cast<std::int64_t>(centres.size()) / space; }
};

/// count centres per axis (odd: 0 among them); with `disk` those with |x| <= spacing count / 2 only.
/// Dense: spacing = width = 1. Atrous: spacing > width. Localised: few centres around 0.
SpatialSplines spline_lattice(int space, std::int64_t count, double spacing, double width, bool disk);

/// Cells per axis that hold the copies of the splines under every element h of the grid, odd: each spline lives on a
/// box of half-width r = width (order + 1)/2 about its centre c, whose copy reaches |(h c)_a| + r sum_b |h_ab| along
/// axis a.
std::int64_t spline_cells(const group::GroupGrid& grid, const SpatialSplines& spatial);

/// Lifting onto `out`. @param size cells per axis (odd)
GroupConvPlan spline_lifting(const group::GroupGrid& out, const SpatialSplines& spatial, std::int64_t size);

/// From grid `in` to grid `out`, which may differ: both sample the same group.
GroupConvPlan spline_group(const group::GroupGrid& in, const group::GroupGrid& out, const FibreSplines& fibre,
                           const SpatialSplines& spatial, std::int64_t size);

/// The fibre factor alone, (out.size, in.size, centres.size), Haar weights of `in` included.
std::vector<double> fibre_factor(const group::GroupGrid& in, const group::GroupGrid& out, const FibreSplines& fibre);

/// Cell offsets moved by each element's inverse, (out.size, cells, space): where the sampled kernel is evaluated.
std::vector<double> pulled_back_cells(const group::GroupGrid& out, std::int64_t size);

}  // namespace coset::kernel
