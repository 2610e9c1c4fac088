/// The affine group R^d x| H over any linear group H, and the groups that are made of it.
///
///   (x, h)(x', h') = (h x' + x, h h')    (x, h)^-1 = (-h^-1 x, h^-1)    (x, h) . y = h y + x
///   exp(v, a) = (phi(a) v, exp a)        log(x, h) = (phi(log h)^-1 x, log h)    algebra order: v, then a
///   left Haar: dx d mu_H(h) / |det h|    Delta(x, h) = Delta_H(h) / |det h|
///
/// Unimodular exactly when |det h| = 1 on H: SE(d) and E(d) are, R^d x| R+ (Delta = s^-d) and Sim(2) (s^-2) are not.
/// Source: Bekkers, lecture notes on group convolutions (2021), parts I and II; their inverse lacks its minus signs.
#pragma once

#include "coset/group/group.h"
#include "coset/group/planar.h"
#include "coset/group/polyhedral.h"
#include "coset/group/scale.h"
#include "coset/group/spatial.h"
#include "coset/group/translation.h"

namespace coset::group {

template <LinearGroup H>
class Affine {
  static constexpr int kLinearAlgebra = [] {
    if constexpr (LinearLieGroup<H>) return H::kAlgebra;
    return 0;
  }();

 public:
  static constexpr int kSpace = H::kSpace;
  static constexpr int kAlgebra = kSpace + kLinearAlgebra;
  using Point = Vector<kSpace>;

  struct Element {
    Vector<H::kSpace> x{};
    typename H::Element h;
  };

  Affine() requires std::default_initializable<H>
  = default;
  explicit Affine(H linear) : linear_(std::move(linear)) {}

  const H& linear() const { return linear_; }
  std::string name() const { return "R^" + std::to_string(kSpace) + " x| " + linear_.name(); }
  Element identity() const { return {{}, linear_.identity()}; }
  Element product(const Element& a, const Element& b) const {
    return {sum(linear_.act(a.h, b.x), a.x), linear_.product(a.h, b.h)};
  }
  Element inverse(const Element& a) const {
    const auto h = linear_.inverse(a.h);
    return {negated(linear_.act(h, a.x)), h};
  }
  Point act(const Element& a, const Point& y) const { return sum(linear_.act(a.h, y), a.x); }
  Matrix<kSpace + 1> matrix(const Element& a) const { return homogeneous(linear_.matrix(a.h), a.x); }

  Element exp(const Vector<kAlgebra>& v) const requires LinearLieGroup<H> {
    const auto [shift, a] = split(v);
    return {linear_.phi(a) * shift, linear_.exp(a)};
  }
  Vector<kAlgebra> log(const Element& g) const requires LinearLieGroup<H> {
    const auto a = linear_.log(g.h);
    const Point shift = coset::group::inverse(linear_.phi(a)) * g.x;
    Vector<kAlgebra> v;
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = i < shift.size() ? shift[i] : a[i - shift.size()];
    return v;
  }

  double left_haar(const Element& g) const { return linear_.left_haar(g.h) / volume(g); }
  double modular(const Element& g) const { return linear_.modular(g.h) / volume(g); }
  Element random(NumpyRandom& random) const {
    const Point x = Translation<kSpace>().random(random);
    return {x, linear_.random(random)};
  }

 private:
  double volume(const Element& g) const { return std::abs(determinant(linear_.matrix(g.h))); }
  static auto split(const Vector<kAlgebra>& v) {
    std::pair<Point, Vector<kLinearAlgebra>> parts;
    for (std::size_t i = 0; i < v.size(); ++i)
      (i < parts.first.size() ? parts.first[i] : parts.second[i - parts.first.size()]) = v[i];
    return parts;
  }

  H linear_;
};

using SE2 = Affine<SO2>;
using E2 = Affine<O2>;
using SE3 = Affine<SO3>;
using E3 = Affine<O3>;
using Sim2 = Affine<RotationScale>;
template <int D>
using ScaleTranslation = Affine<Scale<D>>;  ///< R^d x| R+

}  // namespace coset::group
