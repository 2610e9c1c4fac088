#include "coset/group/homogeneous.h"

namespace coset::group {

Matrix<3> Sphere::section(const Point& n) const {
  const double alpha = std::atan2(n[0], n[2]);  // e3nn: n = (sin b sin a, cos b, sin b cos a)
  const double beta = std::atan2(std::hypot(n[0], n[2]), n[1]);
  return group_.exp({0.0, alpha, 0.0}) * group_.exp({beta, 0.0, 0.0});
}

bool Sphere::stabilises(const Matrix<3>& g) const {
  return std::hypot(g(0, 1), g(1, 1) - 1.0, g(2, 1)) <= kStabiliserTolerance;  // the column of the polar axis
}

}  // namespace coset::group
