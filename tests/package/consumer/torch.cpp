// A program that differentiates spherical harmonics: the gradient of sum |Y(x)|^2, which is constant, vanishes.
#include <cstdio>

#include "coset/ops/spherical_harmonics.h"

int main() {
  const coset::Tensor points = torch::randn({5, 3}, torch::kFloat64).set_requires_grad(true);
  coset::ops::spherical_harmonics(points, 3).square().sum().backward();
  const double slope = points.grad().abs().max().item<double>();
  std::printf("largest gradient %.1e\n", slope);
  return slope < 1e-12 ? 0 : 1;
}
