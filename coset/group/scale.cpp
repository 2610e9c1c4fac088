#include "coset/group/scale.h"

#include "coset/group/planar.h"

namespace coset::group {

Matrix<2> RotationScale::matrix(const Element& a) const {
  return a.scale * rotation(a.turn);
}

Matrix<2> RotationScale::phi(const Vector<2>& v) const {
  const auto quotient = expm1_over(std::complex<double>(v[1], v[0]));
  return {{quotient.real(), -quotient.imag(), quotient.imag(), quotient.real()}};
}

RotationScale::Element RotationScale::random(NumpyRandom& random) const {
  const double turn = SO2().random(random);
  return {turn, std::exp(random.normal())};
}

}  // namespace coset::group
