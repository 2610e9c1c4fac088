/// T(d) = (R^d, +), acting on R^d by x + y. Left Haar measure: Lebesgue. Algebra: the displacement itself.
#pragma once

#include "coset/group/group.h"

namespace coset::group {

template <int D>
struct Translation : Unimodular {
  using Element = Vector<D>;
  static constexpr int kSpace = D;
  static constexpr int kAlgebra = D;

  std::string name() const { return "T(" + std::to_string(D) + ")"; }
  Element identity() const { return {}; }
  Element product(const Element& a, const Element& b) const { return sum(a, b); }
  Element inverse(const Element& a) const { return negated(a); }
  Vector<D> act(const Element& a, const Vector<D>& y) const { return sum(a, y); }
  Matrix<D + 1> matrix(const Element& a) const { return homogeneous(Matrix<D>::identity(), a); }
  Element exp(const Vector<D>& v) const { return v; }
  Vector<D> log(const Element& a) const { return a; }
  Element random(NumpyRandom& random) const {
    Element x;
    for (double& entry : x) entry = random.normal();
    return x;
  }
};

}  // namespace coset::group
