#include "coset/verify/equivariance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "coset/base/error.h"
#include "coset/base/worse.h"
#include "coset/group/spatial.h"

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

O3Errors o3_errors(const std::function<field::Field(const field::Field&)>& f, const field::Field& x, int trials,
                   std::uint64_t seed) {
  Generator generator(seed);
  O3Errors errors;
  for (int t = 0; t < trials; ++t) {
    std::array<double, 9> R = group::random_rotation(generator).entries;
    errors.rotation = worse(errors.rotation, equivariance_error(f, x, R));
    for (double& entry : R) entry = -entry;
    errors.reflection = worse(errors.reflection, equivariance_error(f, x, R));
  }
  return errors;
}

}  // namespace coset::verify
