#include "coset/group/planar.h"

#include <numbers>

#include "coset/base/error.h"
#include "coset/group/small_angle.h"

namespace coset::group {
namespace {

Matrix<2> rotation_matrix(double cosine, double sine) {
  return {{cosine, -sine, sine, cosine}};
}

Matrix<2> mirrored(std::int64_t flip, Matrix<2> turn) {
  if (flip != 0) {
    turn(1, 0) = -turn(1, 0);
    turn(1, 1) = -turn(1, 1);
  }
  return turn;
}

double random_angle(NumpyRandom& random) {
  return wrap(2.0 * std::numbers::pi * random.uniform());
}

}  // namespace

Matrix<2> rotation(double angle) {
  return rotation_matrix(std::cos(angle), std::sin(angle));
}

Cyclic::Cyclic(std::int64_t n) : n_(n) {
  check(n >= 1, "[group::Cyclic] expected an order >= 1; received ", n);
}

Matrix<2> Cyclic::matrix(Element a) const {
  const auto [cosine, sine] = unit_root(a, n_);
  return rotation_matrix(cosine, sine);
}

Cyclic::Element Cyclic::random(NumpyRandom& random) const {
  return random.integer(static_cast<std::uint32_t>(n_ - 1));
}

Dihedral::Dihedral(std::int64_t n) : n_(n) {
  check(n >= 1, "[group::Dihedral] expected an order >= 1; received ", n);
}

Dihedral::Element Dihedral::product(Element a, Element b) const {
  const std::int64_t turned = b.flip != 0 ? n_ - a.turn : a.turn;
  return {(a.flip + b.flip) % 2, (turned + b.turn) % n_};
}

Dihedral::Element Dihedral::inverse(Element a) const {
  return a.flip != 0 ? a : Element{0, (n_ - a.turn) % n_};  // reflections are involutions
}

Matrix<2> Dihedral::matrix(Element a) const {
  const auto [cosine, sine] = unit_root(a.turn, n_);
  return mirrored(a.flip, rotation_matrix(cosine, sine));
}

Dihedral::Element Dihedral::random(NumpyRandom& random) const {
  return element(random.integer(static_cast<std::uint32_t>(order() - 1)));
}

SO2::Element SO2::product(Element a, Element b) const {
  return wrap(a + b);
}
SO2::Element SO2::inverse(Element a) const {
  return wrap(-a);
}
SO2::Element SO2::exp(const Vector<1>& v) const {
  return wrap(v[0]);
}
Vector<1> SO2::log(Element a) const {
  return {wrap(a)};
}

Matrix<2> SO2::phi(const Vector<1>& v) const {
  const double q = v[0] * v[0];
  const double diagonal = sin_over(q);
  const double off = v[0] * one_minus_cos_over(q);
  return {{diagonal, -off, off, diagonal}};
}

SO2::Element SO2::random(NumpyRandom& random) const {
  return random_angle(random);
}

O2::Element O2::product(const Element& a, const Element& b) const {
  return {(a.flip + b.flip) % 2, wrap((b.flip != 0 ? -a.turn : a.turn) + b.turn)};
}

O2::Element O2::inverse(const Element& a) const {
  return a.flip != 0 ? a : Element{0, wrap(-a.turn)};
}

Matrix<2> O2::matrix(const Element& a) const {
  return mirrored(a.flip, rotation(a.turn));
}

Vector<1> O2::log(const Element& a) const {
  check(a.flip == 0, "[group::O2::log] expected a rotation; received a reflection, which no exponential reaches");
  return {wrap(a.turn)};
}

O2::Element O2::random(NumpyRandom& random) const {
  return {random.integer(1), random_angle(random)};
}

}  // namespace coset::group
