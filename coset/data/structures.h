/// Atomic structures with energies, forces and stresses: what potentials are trained on and asked about.
///
/// Units: angstrom, eV, eV/angstrom, eV/angstrom^3; stress in ASE's sign, positive under tension, the derivative of the
/// energy by strain over the volume. What a structure does not have is NaN.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "coset/io/extended_xyz.h"

namespace coset::data {

/// Many structures of different sizes, one after the other: atoms of structure s are start[s] .. start[s + 1] - 1.
struct Structures {
  std::vector<std::int64_t> start{0};           ///< (structures + 1)
  std::vector<std::int32_t> numbers;            ///< (atoms) atomic numbers
  std::vector<double> positions;                ///< (atoms, 3)
  std::vector<double> forces;                   ///< (atoms, 3)
  std::vector<std::array<double, 9>> cells;     ///< (structures), rows are lattice vectors; zeros without a cell
  std::vector<std::array<bool, 3>> periodic;    ///< (structures)
  std::vector<double> energies;                 ///< (structures)
  std::vector<std::array<double, 9>> stresses;  ///< (structures)
  std::vector<double> weights;                  ///< (structures) in a loss; 1 unless the file says otherwise

  std::int64_t size() const { return static_cast<std::int64_t>(start.size()) - 1; }
  std::int64_t atoms(std::int64_t s) const { return start[s + 1] - start[s]; }
  std::span<const std::int32_t> numbers_of(std::int64_t s) const;
  std::span<const double> positions_of(std::int64_t s) const;
  std::span<const double> forces_of(std::int64_t s) const;
};

/// Under which names a file keeps its values. An empty name takes the first of REF_energy, energy (REF_forces, forces,
/// force; REF_stress, stress, and virials turned into stress) that the frame has; a given name must be there in every
/// frame.
struct StructureKeys {
  std::string energy = {}, forces = {}, stress = {}, virial = {};
  std::string weight = "config_weight";  ///< need not be there
};

/// One frame: species (or Z, numbers) and pos (or positions); Lattice, with pbc true in all directions unless it says
/// otherwise; stress of 6 numbers in Voigt order (xx yy zz yz xz xy) or 9; virial = -stress volume.
/// @param where  begins messages: "PATH: frame 3"
/// @throws coset::Error on a missing or malformed column or value, an unknown element, a periodic cell without volume
/// or a value that is not finite
void append_frame(Structures& structures, const io::XyzFrame& frame, const std::string& where,
                  const StructureKeys& keys = {});

/// @throws coset::Error "PATH..." (coset/io/extended_xyz.h and append_frame)
Structures read_structures(const std::string& path, const StructureKeys& keys = {});

}  // namespace coset::data
