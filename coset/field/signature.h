/// What a model takes and gives: every value with its name, shape, unit, and how a group element acts on it.
///
/// From the signature alone the library certifies a model (coset/verify/certificate.h), checks its file, and tells a
/// host what to hand over. An element of the symmetry group acts on all values at once; a model is equivariant when
/// f(g x) = g f(x) for every output.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "coset/field/field.h"
#include "coset/ops/torch.h"

namespace coset::field {

using NamedValues = std::map<std::string, Tensor>;

/// How a value moves under x -> R x + t, R in O(3) (or a grid's group for `image`).
enum class Action {
  invariant,  ///< does not move: charges, species, energies, logits
  position,   ///< R x + t on the last axis (3)
  direction,  ///< irreps of the field type on the last axis: vectors "1o", forces, any "8x0e+4x1o"
  cell,       ///< lattice vectors as rows: each row turns
  stress,     ///< (..., 3, 3): R s R^T
  image       ///< (B, channels, X...): pixels move, channels by the field type (coset/field/field.h)
};

/// One named input or output.
struct Quantity {
  std::string name;
  /// A symbol or a number an axis: {"B", "n", "3"}. Equal symbols are equal sizes. "B": the batch, whose order does not
  /// matter; "n": points, whose order does not matter either (within each example).
  std::vector<std::string> shape;
  std::string unit = {};
  Action action = Action::invariant;
  FieldType type = {};  ///< of Action::direction: irreps; of Action::image: fields of a grid
};

struct Signature {
  std::vector<Quantity> inputs, outputs;
  /// Which elements the model promises to commute with.
  bool rotations = false;
  bool reflections = false;
  bool translations = false;
  bool permutations = false;  ///< of the axis "n"
  GridPtr grid = {};          ///< images: the elements that the lattice carries exactly

  const Quantity& input(const std::string& name) const;   ///< @throws coset::Error naming the nearest
  const Quantity& output(const std::string& name) const;  ///< likewise
};

/// Throws one line naming `where`, the value, its expected and its received shape or type, unless `values` holds every
/// input of the signature with one element type for all floating ones and equal sizes for equal symbols.
void expect_inputs(const std::string& where, const Signature& signature, const NamedValues& values);

}  // namespace coset::field
