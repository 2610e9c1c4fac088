#include "coset/group/polyhedral.h"

#include <cmath>
#include <numbers>

#include "coset/base/error.h"

namespace coset::group {
namespace {

constexpr double kSame = 1e-9;

std::int64_t position(const std::vector<Matrix<3>>& matrices, const Matrix<3>& wanted) {
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    double worst = 0.0;
    for (std::size_t k = 0; k < 9; ++k) worst = std::max(worst, std::abs(matrices[i].entries[k] - wanted.entries[k]));
    if (worst < kSame) return static_cast<std::int64_t>(i);
  }
  return -1;
}

/// Everything that products of the generators reach, breadth first, beginning with the identity.
std::vector<Matrix<3>> closure(const std::vector<Matrix<3>>& generators) {
  std::vector<Matrix<3>> found{Matrix<3>::identity()};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (const auto& generator : generators) {
      const Matrix<3> next = generator * found[i];
      if (position(found, next) < 0) found.push_back(next);
    }
  return found;
}

std::vector<Matrix<3>> generators_of(Solid solid) {
  const Matrix<3> cycle{{0, 0, 1, 1, 0, 0, 0, 1, 0}};  // third of a turn about (1, 1, 1)
  const Matrix<3> half{{-1, 0, 0, 0, -1, 0, 0, 0, 1}};
  const Matrix<3> quarter{{0, -1, 0, 1, 0, 0, 0, 0, 1}};
  // fifth of a turn about (0, 1, golden ratio), the vertex axis of the icosahedron that cycle and half preserve
  const double golden = std::numbers::phi;
  const double a = 0.5, b = 0.5 * golden, c = 0.5 / golden;
  const Matrix<3> fifth{{c, -b, a, b, a, c, -a, c, b}};
  switch (solid) {
    case Solid::tetrahedron:
      return {cycle, half};
    case Solid::octahedron:
      return {cycle, quarter};
    default:
      return {cycle, half, fifth};
  }
}

}  // namespace

Polyhedral::Polyhedral(Solid solid, bool with_inversion)
    : solid_(solid), with_inversion_(with_inversion), matrices_(closure(generators_of(solid))) {
  if (with_inversion) {
    const std::size_t rotations = matrices_.size();
    for (std::size_t i = 0; i < rotations; ++i) matrices_.push_back(-1.0 * matrices_[i]);
  }
  const auto n = static_cast<std::size_t>(order());
  products_.resize(n * n);
  inverses_.resize(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      products_[i * n + j] = position(matrices_, matrices_[i] * matrices_[j]);
      COSET_ASSERT(products_[i * n + j] >= 0);
      if (products_[i * n + j] == 0) inverses_[i] = static_cast<std::int64_t>(j);
    }
}

std::string Polyhedral::name() const {
  const std::string letter = solid_ == Solid::tetrahedron ? "T" : solid_ == Solid::octahedron ? "O" : "I";
  return letter + (with_inversion_ ? "h" : "");
}

}  // namespace coset::group
