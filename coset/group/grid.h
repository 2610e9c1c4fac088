/// Grids on H as run-time tables: what layers consume. From the torch line up nothing is templated on a group.
///
/// A grid samples a linear group H of R^space. Closed grids are finite groups (C_N, D_N, T, O, I, ...): every product
/// is a grid element. Truncated (scales) and random grids are not closed; there `product` holds kOutside.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "coset/base/error.h"
#include "coset/group/group.h"

namespace coset::group {

inline constexpr std::int64_t kOutside = -1;  ///< table entry: the element is not on the grid

struct GroupGrid {
  std::string name;                   ///< the type of fields on the grid: "C8", "D4", "Oh", "SO2:8", "R+:4:1.414"
  int space = 0;                      ///< d of the space R^d that H acts on
  std::int64_t size = 0;              ///< number of elements
  std::vector<std::int64_t> product;  ///< (size, size): place of element i times element j, or kOutside
  std::vector<std::int64_t> inverse;  ///< (size): place of the inverse, or kOutside
  std::vector<double> action;         ///< (size, space, space): matrices on (row, column) or (depth, row, column)
  std::vector<double>
      haar;  ///< (size): quadrature weights of the ambient group's Haar measure (2 pi / N, ln base, ...)

  std::span<const double> matrix(std::int64_t i) const;
  double determinant(std::int64_t i) const;
  std::int64_t multiply(std::int64_t i, std::int64_t j) const {
    return product[static_cast<std::size_t>(i * size + j)];
  }
  bool closed() const;  ///< a finite group: all products and inverses on the grid
  /// Whether element i maps the integer lattice onto itself (entries 0, +-1): then a pixel grid carries it exactly.
  bool on_lattice(std::int64_t i) const;
  bool on_lattice() const;  ///< all elements
  /// Place of the element with this matrix (entries within 1e-9), or kOutside.
  std::int64_t find(std::span<const double> matrix) const;
  /// Place of the identity; @throws coset::Error when the grid leaves it out
  std::int64_t identity() const;

  bool operator==(const GroupGrid&) const = default;
};

/// Fills product and inverse from the action matrices. O(size^2 log size); `name`, `space`, `size`, `action`, `haar`
/// are given.
void fill_tables(GroupGrid& grid);

/// The grid of chosen elements of a linear group. @throws coset::Error when weights and elements differ in number
template <LinearGroup H>
GroupGrid make_grid(const H& group, const std::vector<typename H::Element>& elements, std::string name,
                    std::vector<double> haar) {
  check(elements.size() == haar.size(), "[group::make_grid] expected one weight per element; received ", haar.size(),
        " weights for ", elements.size(), " elements");
  GroupGrid grid;
  grid.name = std::move(name);
  grid.space = H::kSpace;
  grid.size = static_cast<std::int64_t>(elements.size());
  grid.haar = std::move(haar);
  for (const auto& element : elements) {
    const auto matrix = group.matrix(element);
    grid.action.insert(grid.action.end(), matrix.entries.begin(), matrix.entries.end());
  }
  fill_tables(grid);
  return grid;
}

/// All elements of a finite group, each with weight `total` / order.
template <class H>
requires FiniteGroup<H> && LinearGroup<H> GroupGrid make_grid(const H& group, double total) {
  std::vector<typename H::Element> elements;
  for (std::int64_t i = 0; i < group.order(); ++i) elements.push_back(group.element(i));
  const std::vector<double> haar(elements.size(), total / static_cast<double>(elements.size()));
  return make_grid(group, elements, group.name(), haar);
}

/// {e} on R^space, space 1 to 3. Name "C1".
GroupGrid trivial_grid(int space);
/// {1, -1} on R^space: mirror images of signals in 1D, the point reflection in 2D and 3D. Name "flip".
GroupGrid flip_grid(int space);
/// C_N, D_N with weights 2 pi / N (the circle, each component of O(2)).
GroupGrid cyclic_grid(std::int64_t n);
GroupGrid dihedral_grid(std::int64_t n);
/// Scales base^i, i = first .. first + count - 1, on R^space; weights ln base. Name "R+:count:base", and
/// ":first" behind it when that is not 0.
GroupGrid scale_grid(int space, std::int64_t count, double base, std::int64_t first = 0);
/// The product of n rotations and `count` scales; scale-major: element (i, r) is place i n + r.
GroupGrid rotation_scale_grid(std::int64_t n, std::int64_t count, double base);
/// Independent Haar-distributed elements of SO(2) (space 2) or SO(3) with equal weights.
GroupGrid random_rotations(int space, std::int64_t count, std::uint32_t seed);

/// A grid from text, any case:
///   c1 flip            trivial group; {1, -1}
///   c8 d4              cyclic, dihedral (plane)
///   so2:16 o2:16       uniform grids on SO(2), O(2)
///   so2:random:16:7    16 random elements, seed 7 (also so3)
///   t o i th oh ih     polyhedral (space); also by their long names, tetrahedral, ...
///   so3:12|24|60       uniform grids on SO(3)
///   r+:4:1.414         log-uniform scales (base defaults to sqrt 2)
///   so2xr+:8:4:2       rotations times scales
/// `space` 0 means the natural dimension; scales, c1 and flip exist in 1, 2 and 3 dimensions.
/// @throws coset::Error that names the nearest known group
GroupGrid parse_group(const std::string& text, int space = 0);

}  // namespace coset::group
