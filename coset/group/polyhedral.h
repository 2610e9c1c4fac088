/// The finite subgroups of SO(3) and O(3) that are symmetries of the Platonic solids, as matrices.
///
/// Orders: tetrahedral 12, octahedral 24, icosahedral 60; with the inversion -1 joined, 24, 48, 120. The octahedral
/// ones are the 24 rotations and 48 symmetries of the cube along the axes: exact integer matrices. Counting measure.
/// Source: Coxeter, Regular Polytopes, chapter 3.
#pragma once

#include <vector>

#include "coset/group/group.h"

namespace coset::group {

enum class Solid { tetrahedron, octahedron, icosahedron };

class Polyhedral : public Unimodular {
 public:
  using Element = std::int64_t;  ///< place in the fixed order of elements; 0 is the identity
  static constexpr int kSpace = 3;

  explicit Polyhedral(Solid solid, bool with_inversion = false);

  std::string name() const;  ///< "T", "O", "I"; with inversion "Th", "Oh", "Ih"
  std::int64_t order() const { return static_cast<std::int64_t>(matrices_.size()); }
  Element element(std::int64_t i) const { return i; }
  Element identity() const { return 0; }
  Element product(Element a, Element b) const { return products_[static_cast<std::size_t>(a * order() + b)]; }
  Element inverse(Element a) const { return inverses_[static_cast<std::size_t>(a)]; }
  Vector<3> act(Element a, const Vector<3>& y) const { return matrix(a) * y; }
  Matrix<3> matrix(Element a) const { return matrices_[static_cast<std::size_t>(a)]; }
  Element random(NumpyRandom& random) const { return random.integer(static_cast<std::uint32_t>(order() - 1)); }

 private:
  Solid solid_;
  bool with_inversion_;
  std::vector<Matrix<3>> matrices_;
  std::vector<std::int64_t> products_;
  std::vector<std::int64_t> inverses_;
};

}  // namespace coset::group
