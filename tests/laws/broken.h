/// Negative controls: things that look right and are wrong. A law that lets one pass is no law.
#pragma once

#include "coset/group/affine.h"

namespace coset::laws {

/// R^d x| H with the inverse as the lecture notes print it, without its minus signs.
template <class H>
struct UnsignedInverse : group::Affine<H> {
  using Element = typename group::Affine<H>::Element;
  Element inverse(const Element& a) const {
    const auto h = this->linear().inverse(a.h);
    return {this->linear().act(h, a.x), h};
  }
};

/// R^d x| H multiplied like the direct product: the translation is not turned.
template <class H>
struct UntwistedProduct : group::Affine<H> {
  using Element = typename group::Affine<H>::Element;
  Element product(const Element& a, const Element& b) const {
    return {group::sum(a.x, b.x), this->linear().product(a.h, b.h)};
  }
};

/// D_N whose turns always add: a reflection no longer reverses the sense of rotation.
struct UnreversedDihedral : group::Dihedral {
  using group::Dihedral::Dihedral;
  Element product(Element a, Element b) const { return {(a.flip + b.flip) % 2, (a.turn + b.turn) % (order() / 2)}; }
};

/// SE(2) whose logarithm has the second component's sign wrong.
struct WrongSignLog : group::SE2 {
  group::Vector<3> log(const Element& g) const {
    auto v = group::SE2::log(g);
    v[1] = -v[1];
    return v;
  }
};

/// SE(2) whose exponential leaves the translation as it is: no one-parameter subgroup unless the angle is 0.
struct UncurvedExp : group::SE2 {
  Element exp(const group::Vector<3>& v) const { return {{v[0], v[1]}, linear().exp({v[2]})}; }
};

/// R^d x| R+ that claims to be unimodular.
struct Unimodular : group::ScaleTranslation<2> {
  double modular(const Element&) const { return 1.0; }
};

/// R^d x| R+ that claims to be unimodular up to a sum instead of a product.
struct AdditiveModular : group::ScaleTranslation<2> {
  double modular(const Element& g) const { return 1.0 + g.h; }
};

}  // namespace coset::laws
