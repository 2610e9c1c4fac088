#include "coset/math/sphere_grid.h"

#include <cmath>

#include "coset/base/error.h"

namespace coset::math {

std::vector<double> sphere_quadrature(int res_beta) {
  check(res_beta >= 2 && res_beta % 2 == 0,
        "[math::sphere_quadrature] expected an even number of polar angles >= 2; received ", res_beta);
  const int b = res_beta / 2;
  std::vector<double> weights;
  for (int i = 0; i < res_beta; ++i) {
    const double angle = M_PI * (2 * i + 1) / (4.0 * b);
    double sum = 0.0;
    for (int k = 0; k < b; ++k) sum += std::sin(angle * (2 * k + 1)) / (2 * k + 1);
    weights.push_back(2.0 / b * std::sin(angle) * sum);
  }
  return weights;
}

SphereGrid sphere_grid(int res_beta, int res_alpha) {
  check(res_alpha >= 1, "[math::sphere_grid] expected at least one azimuth; received ", res_alpha);
  SphereGrid grid;
  grid.weight = sphere_quadrature(res_beta);
  for (int i = 0; i < res_beta; ++i) grid.beta.push_back(M_PI * (i + 0.5) / res_beta);
  for (int j = 0; j < res_alpha; ++j) grid.alpha.push_back(2 * M_PI * j / res_alpha);
  return grid;
}

}  // namespace coset::math
