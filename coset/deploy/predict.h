/// Structures of an extended XYZ file, with what a potential says about them.
#pragma once

#include <string>
#include <vector>

#include "coset/deploy/potential.h"
#include "coset/io/extended_xyz.h"

namespace coset::deploy {

/// Adds `energy` and, where the cell is periodic in three directions, `stress` (nine numbers, positive under tension) to
/// the frame's values, `energies` and `forces` to its columns; replaces what stood under these names and leaves all else
/// as it is. @param where  begins messages: "PATH: frame 3"
/// @throws coset::Error (coset/data/structures.h, Potential::evaluate)
void predict_frame(Potential& potential, io::XyzFrame& frame, const std::string& where);

/// What a potential's answers on one structure say about it. Each is relative to the largest force or energy there.
struct LawErrors {
  double rotation = 0.0;     ///< energy and forces under three rotations
  double reflection = 0.0;   ///< the same under an inversion; not a law of networks without parity
  double translation = 0.0;  ///< and under shifts by lattice vectors of single atoms
  double permutation = 0.0;
  double forces = 0.0;     ///< against central differences of the energy, step 1e-4 A
  double stress = 0.0;     ///< against strain, step 1e-5; 0 without a cell
  double supercell = 0.0;  ///< energy per atom of twice the cell along its first vector; 0 without a cell
};
/// @cost some 30 evaluations
LawErrors measure_laws(Potential& potential, const StructureView& structure);

}  // namespace coset::deploy
