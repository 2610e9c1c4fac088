/// What a group is to this library: compile-time concepts that every group type fulfils.
///
/// A group is a small value (Cyclic carries its order, SO2 carries nothing) with an Element type and the functions
/// below. Groups act on R^kSpace from the left. Laws: tests/laws/group_laws.h. Above the torch line nothing is
/// templated on groups: coset/group/grid.h turns them into run-time tables.
///
///   identity()     e
///   product(a, b)  a b
///   inverse(a)     a^-1
///   act(a, x)      a . x on R^kSpace
///   matrix(a)      a faithful matrix representation
///   left_haar(g)   density of the left Haar measure (reference in each header)
///   modular(g)     Delta(g): mu(E g) = Delta(g) mu(E), d mu_left = Delta d mu_right
///   random(r)      Haar-distributed where compact, spread around e otherwise
///
/// Source: Bekkers, lecture notes on group convolutions (2021), part I; Folland, A Course in
/// Abstract Harmonic Analysis, 2.4 (modular function).
#pragma once

#include <concepts>
#include <cstdint>
#include <string>

#include "coset/base/random.h"
#include "coset/group/matrix.h"

namespace coset::group {

/// The measures of a unimodular group whose Haar reference is the invariant measure itself.
struct Unimodular {
  template <class Element>
  double left_haar(const Element&) const {
    return 1.0;
  }
  template <class Element>
  double modular(const Element&) const {
    return 1.0;
  }
};

template <class G>
concept Group = requires(const G g, const typename G::Element a, const Vector<G::kSpace> x, NumpyRandom& random) {
  { g.name() } -> std::same_as<std::string>;
  { g.identity() } -> std::same_as<typename G::Element>;
  { g.product(a, a) } -> std::same_as<typename G::Element>;
  { g.inverse(a) } -> std::same_as<typename G::Element>;
  { g.act(a, x) } -> std::same_as<Vector<G::kSpace>>;
  {g.matrix(a).entries};
  { g.left_haar(a) } -> std::same_as<double>;
  { g.modular(a) } -> std::same_as<double>;
  { g.random(random) } -> std::same_as<typename G::Element>;
};

/// A Lie group: exp from R^kAlgebra, log its inverse near e (the whole identity component for every group here but
/// where two shortest paths exist, e.g. half turns). log throws coset::Error outside the identity component.
template <class G>
concept LieGroup = Group<G> && requires(const G g, const typename G::Element a, const Vector<G::kAlgebra> v) {
  { g.exp(v) } -> std::same_as<typename G::Element>;
  { g.log(a) } -> std::same_as<Vector<G::kAlgebra>>;
};

/// A subgroup of GL(kSpace): acts by its faithful matrix.
template <class G>
concept LinearGroup = Group<G> && requires(const G g, const typename G::Element a) {
  { g.matrix(a) } -> std::same_as<Matrix<G::kSpace>>;
};

/// phi(a) = sum_k hat(a)^k / (k+1)!: how exp of R^d x| H carries the translation part, x = phi(a) v.
template <class G>
concept LinearLieGroup = LieGroup<G> && LinearGroup<G> && requires(const G g, const Vector<G::kAlgebra> v) {
  { g.phi(v) } -> std::same_as<Matrix<G::kSpace>>;
};

template <class G>
concept FiniteGroup = Group<G> && requires(const G g, std::int64_t i, const typename G::Element a) {
  { g.order() } -> std::same_as<std::int64_t>;
  { g.element(i) } -> std::same_as<typename G::Element>;
};

/// Left-invariant pseudo-distance |log(a^-1 b)|: symmetric; no triangle inequality in general (Finzi et al.,
/// arXiv 2002.12880).
template <LieGroup G>
double log_distance(const G& g, const typename G::Element& a, const typename G::Element& b) {
  return norm(g.log(g.product(g.inverse(a), b)));
}

}  // namespace coset::group
