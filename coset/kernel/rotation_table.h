/// Transformed copies of a kernel on a pixel or voxel grid, as constant matrices.
///
/// A kernel of k^d cells has its cells at d_a = i_a - (k-1)/2 on axes (row, column) or (depth, row, column). The copy
/// under A is (L_A kernel)(x) = kernel(A^-1 x): cell by cell a gather with weights.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/group/grid.h"

namespace coset::kernel {

/// Number of cells size^space.
std::int64_t cell_count(int space, std::int64_t size);

/// Offsets from the centre of every cell, row-major over the axes: (cells, space).
std::vector<double> cell_offsets(int space, std::int64_t size);

/// Whether each cell lies in the disk (ball) |d| <= (size-1)/2 + 1/2.
std::vector<bool> disk_mask(int space, std::int64_t size);

/// Linear, bilinear or trilinear interpolation of every copy: M[h][p][p'] is the weight of source cell p' in cell p.
///
/// Neighbours outside the kernel are dropped, not renormalised. With `disk`, rows outside the disk are zero. Fractions
/// below 1e-6 snap to 0, so elements that map the lattice to itself give exact permutations.
/// @return   (grid.size, cells, cells) row-major
/// @source   Bekkers, Lafarge et al., arXiv 1804.03393 (SE2CNN)
std::vector<double> rotation_table(const group::GroupGrid& grid, std::int64_t size, bool disk);

/// Exact copies under lattice symmetries (p4, p4m, the 24 and 48 symmetries of the cube): T[h][p] is the source cell
/// h^-1 p, in integers; even sizes use the half-pixel centre.
/// @return   (grid.size, cells)
/// @throws   coset::Error naming an element that does not map the lattice to itself
/// @source   Cohen and Welling, arXiv 1602.07576 (GrouPy)
std::vector<std::int64_t> index_table(const group::GroupGrid& grid, std::int64_t size);

/// Copies of 3x3 kernels by turning the ring of eight cells one cell per 45 degrees (nearest neighbours, centre fixed);
/// 1x1 kernels do not change. Quarter turns are exact.
/// @return  (grid.size, cells) source cells, as index_table
/// @throws  coset::Error unless the grid is C_N or so2:N with N = 1, 2, 4, 8 and the size 1 or 3
/// @source  Zhou et al., arXiv 1701.01833 (active rotating filters)
std::vector<std::int64_t> ring_table(const group::GroupGrid& grid, std::int64_t size);

}  // namespace coset::kernel
