/// Logarithms at run time: coordinates of a linear map A = s Q with s > 0 and Q orthogonal.
///
///   space 1: (ln s)        space 2: (theta, ln s)        space 3: (omega_x, omega_y, omega_z, ln s)
///
/// Reflections have no logarithm; they are the second component: Q = F R in the plane with F = diag(1, -1), Q = -R
/// else, and the coordinates are those of R. This is what kernels on grids need, where the group is known by its
/// matrices only.
#pragma once

#include <span>
#include <vector>

#include "coset/group/grid.h"

namespace coset::group {

struct LogCoordinates {
  int component = 0;  ///< 1 where det < 0
  std::vector<double> rotation;
  double log_scale = 0.0;
};

/// @param matrix row-major (space, space), s times orthogonal; requires det != 0
LogCoordinates log_coordinates(int space, std::span<const double> matrix);

/// log of a^-1 b for places of two grids on one space (they may be different grids).
/// @throws coset::Error when the spaces differ
LogCoordinates relative_log(const GroupGrid& grid_a, std::int64_t a, const GroupGrid& grid_b, std::int64_t b);

/// Row-major a^-1 b and a b of square matrices of 1 to 3 rows.
std::vector<double> inverse_times(int space, std::span<const double> a, std::span<const double> b);
std::vector<double> times(int space, std::span<const double> a, std::span<const double> b);

}  // namespace coset::group
