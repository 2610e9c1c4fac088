/// Periodic boxes and the coordinates in which their structures are searched.
#pragma once

#include <array>
#include <cstdint>

namespace coset::neighbour {

using Vec3 = std::array<double, 3>;
using Int3 = std::array<std::int64_t, 3>;

/// A box: rows are the lattice vectors a, b, c in the unit of the positions; `periodic` says along which of them the
/// structure repeats. Vectors along other directions are never read and may be zero, as in molecules, wires and slabs.
struct Cell {
  std::array<Vec3, 3> vectors{};
  std::array<bool, 3> periodic{true, true, true};
};

double dot(const Vec3& a, const Vec3& b);
Vec3 cross(const Vec3& a, const Vec3& b);

/// shift * cell: the displacement of an image, summed over the periodic directions.
Vec3 displacement(const Cell& cell, const Int3& shift);

/// A basis of space for the search: first the periodic vectors of a cell, reduced (as short and as orthogonal as the
/// lattice allows, so that skew cells cost no more than upright ones), then unit vectors orthogonal to them.
///
/// Coordinate m of x is dot(reciprocal[m], x); planes of constant coordinate lie 1 / |reciprocal[m]| apart.
/// Reduction: Lagrange's for two vectors; for three, Semaev, "A 3-dimensional lattice reduction algorithm" (2001).
struct Lattice {
  int periodic = 0;             ///< how many rows are periodic
  std::array<Vec3, 3> vectors;  ///< rows, in units of `scale`
  std::array<Vec3, 3> reciprocal;
  std::array<Int3, 3> combination{};  ///< periodic row m is the sum of combination[m][k] times vector k of the cell

  double height(int m) const;
  /// Counts along the periodic rows as counts along the vectors of the cell.
  Int3 to_cell(const Int3& counts) const;
};

/// The search basis of `cell` with all lengths multiplied by `scale` (a power of two near 1 / cutoff keeps lengths in
/// any unit within the range of double).
/// @throws coset::Error when a periodic vector is zero or not finite, or when the periodic vectors lie in one plane or
/// line to 1e-13 of their lengths
Lattice reduced_lattice(const Cell& cell, double scale);

}  // namespace coset::neighbour
