// Without torch: two vectors coupled into a scalar, a pseudo-vector and a traceless symmetric tensor, and the proof
// that the result turns as its irreps say.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "coset/compute/tensor_product.h"
#include "coset/rep/wigner_d.h"

int main() {
  using coset::rep::Irreps;
  const coset::compute::TensorProduct couple(coset::rep::full_tensor_product(Irreps("1x1o"), Irreps("1x1o")));
  std::printf("%s", describe(couple.plan()).c_str());

  const auto product = [&](const std::vector<double>& x, const std::vector<double>& y) {
    std::vector<double> z(static_cast<std::size_t>(couple.plan().out.dim()));
    couple.forward<double>({.rows = 1}, {x.data(), y.data(), nullptr}, z.data());
    return z;
  };
  const auto turned = [](const Irreps& irreps, std::span<const double, 9> R, std::vector<double> row) {
    coset::rep::transform_rows(irreps, R, row);
    return row;
  };

  const double c = std::cos(0.7);
  const double s = std::sin(0.7);
  const std::array<double, 9> R{c, -s, 0, s, c, 0, 0, 0, 1};  // about z
  const std::vector<double> x{1, 2, 3};
  const std::vector<double> y{.5, -1, 2};
  const std::vector<double> a = product(turned(Irreps("1x1o"), R, x), turned(Irreps("1x1o"), R, y));
  const std::vector<double> b = turned(couple.plan().out, R, product(x, y));
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  std::printf("|product of the turned - turned product| = %.1e\n", worst);
  return worst < 1e-12 ? 0 : 1;
}
