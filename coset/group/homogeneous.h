/// Homogeneous spaces X = G/H as objects: a group, an origin, its stabiliser, and a section y -> g_y with g_y origin =
/// y.
///
/// jacobian(g) is d mu(g^-1 x) / d mu(x), the factor of the theorem (coset/verify/theorem.h): 1 for an invariant
/// measure, 1/|det h| for R^d with Lebesgue measure under the affine group, 1 on G itself with left Haar measure.
/// Source: Bekkers, lecture notes (2021), part II; every homogeneous space is the quotient by the
/// stabiliser of its origin.
#pragma once

#include <algorithm>
#include <cmath>

#include "coset/group/affine.h"

namespace coset::group {

/// How far an element may move the origin, or differ from the identity, and still count as one of the stabiliser: the
/// rounding of products like g g^-1.
inline constexpr double kStabiliserTolerance = 1e-10;

template <class X>
concept HomogeneousSpace = requires(const X space, const typename X::Point y, const typename X::GroupType::Element g) {
  {space.group()};
  { space.origin() } -> std::same_as<typename X::Point>;
  { space.act(g, y) } -> std::same_as<typename X::Point>;
  { space.section(y) } -> std::same_as<typename X::GroupType::Element>;
  { space.stabilises(g) } -> std::same_as<bool>;
  { space.jacobian(g) } -> std::same_as<double>;
};

/// R^d = (R^d x| H) / H with Lebesgue measure; the stabiliser of the origin is H.
template <LinearGroup H>
class EuclideanSpace {
 public:
  using GroupType = Affine<H>;
  using Point = Vector<H::kSpace>;

  EuclideanSpace() = default;
  explicit EuclideanSpace(GroupType group) : group_(std::move(group)) {}

  const GroupType& group() const { return group_; }
  Point origin() const { return {}; }
  Point act(const typename GroupType::Element& g, const Point& y) const { return group_.act(g, y); }
  typename GroupType::Element section(const Point& y) const { return {y, group_.linear().identity()}; }
  bool stabilises(const typename GroupType::Element& g) const { return norm(g.x) <= kStabiliserTolerance; }
  double jacobian(const typename GroupType::Element& g) const {
    return 1.0 / std::abs(determinant(group_.linear().matrix(g.h)));
  }

 private:
  GroupType group_;
};

/// G = G/{e}, acting on itself from the left, with left Haar measure; the section is the point itself.
template <Group G>
class PrincipalSpace {
 public:
  using GroupType = G;
  using Point = typename G::Element;

  PrincipalSpace() = default;
  explicit PrincipalSpace(G group) : group_(std::move(group)) {}

  const G& group() const { return group_; }
  Point origin() const { return group_.identity(); }
  Point act(const Point& g, const Point& y) const { return group_.product(g, y); }
  Point section(const Point& y) const { return y; }
  bool stabilises(const Point& g) const {
    const auto found = group_.matrix(g).entries, expected = group_.matrix(group_.identity()).entries;
    double worst = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) worst = std::max(worst, std::abs(found[i] - expected[i]));
    return worst <= kStabiliserTolerance;
  }
  double jacobian(const Point&) const { return 1.0; }

 private:
  G group_;
};

/// S^2 = SO(3)/SO(2): unit vectors, origin the polar axis y (docs/conventions.md), stabiliser the rotations about it,
/// section n -> R_y(alpha) R_x(beta).
class Sphere {
 public:
  using GroupType = SO3;
  using Point = Vector<3>;

  const SO3& group() const { return group_; }
  Point origin() const { return {0.0, 1.0, 0.0}; }
  Point act(const Matrix<3>& g, const Point& y) const { return g * y; }
  Matrix<3> section(const Point& n) const;
  bool stabilises(const Matrix<3>& g) const;
  double jacobian(const Matrix<3>&) const { return 1.0; }

 private:
  SO3 group_;
};

}  // namespace coset::group
