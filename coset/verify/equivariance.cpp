#include "coset/verify/equivariance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "coset/base/error.h"
#include "coset/base/worse.h"

namespace coset::verify {

double relative_error(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return std::numeric_limits<double>::infinity();
  if (a.numel() == 0) return 0.0;
  const double worst = (a - b).abs().max().item<double>();
  if (!std::isfinite(worst)) return std::numeric_limits<double>::infinity();
  return worst / std::max(1.0, b.abs().max().item<double>());
}

double equivariance_error(const std::function<TensorList(const TensorList&)>& f, const TensorList& x,
                          const std::function<TensorList(const TensorList&)>& act_in,
                          const std::function<TensorList(const TensorList&)>& act_out) {
  const TensorList moved_then_mapped = f(act_in(x));
  const TensorList mapped_then_moved = act_out(f(x));
  check(moved_then_mapped.size() == mapped_then_moved.size(), "[verify::equivariance_error] expected act_out to keep ",
        moved_then_mapped.size(), " outputs; received ", mapped_then_moved.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < moved_then_mapped.size(); ++i)
    worst = worse(worst, relative_error(moved_then_mapped[i], mapped_then_moved[i]));
  return worst;
}

double equivariance_error(const std::function<field::Field(const field::Field&)>& f, const field::Field& x,
                          std::span<const double, 9> R) {
  const field::Field moved_then_mapped = f(x.transform(R));
  const field::Field mapped_then_moved = f(x).transform(R);
  check(moved_then_mapped.type() == mapped_then_moved.type(), "[verify::equivariance_error] output irreps changed");
  return relative_error(moved_then_mapped.data(), mapped_then_moved.data());
}

std::array<double, 9> random_rotation(std::mt19937_64& engine) {
  std::normal_distribution<double> normal;
  double q[4];
  double norm = 0.0;
  do {
    norm = 0.0;
    for (double& c : q) {
      c = normal(engine);
      norm += c * c;
    }
  } while (norm < 1e-12);
  for (double& c : q) c /= std::sqrt(norm);
  const auto [w, x, y, z] = q;
  return {1 - 2 * (y * y + z * z), 2 * (x * y - w * z),     2 * (x * z + w * y),
          2 * (x * y + w * z),     1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
          2 * (x * z - w * y),     2 * (y * z + w * x),     1 - 2 * (x * x + y * y)};
}

O3Errors o3_errors(const std::function<field::Field(const field::Field&)>& f, const field::Field& x, int trials,
                   std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  O3Errors errors;
  for (int t = 0; t < trials; ++t) {
    std::array<double, 9> R = random_rotation(engine);
    errors.rotation = worse(errors.rotation, equivariance_error(f, x, R));
    for (double& entry : R) entry = -entry;
    errors.reflection = worse(errors.reflection, equivariance_error(f, x, R));
  }
  return errors;
}

}  // namespace coset::verify
