#include "coset/verify/point_cloud.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "coset/verify/equivariance.h"

namespace coset::verify {

namespace {

Tensor matrix(const std::array<double, 9>& entries, double sign, const Tensor& like) {
  return sign * torch::tensor(at::ArrayRef<double>(entries.data(), 9), at::kDouble).view({3, 3}).to(like.scalar_type());
}

Tensor unit_vector(std::mt19937_64& engine, const Tensor& like) {
  const std::array<double, 9> R = random_rotation(engine);
  return torch::tensor({R[0], R[3], R[6]}, at::kDouble).to(like.scalar_type());
}

Tensor random_order(std::mt19937_64& engine, std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), engine);
  return torch::tensor(at::IntArrayRef(order), at::kLong);
}

}  // namespace

double SymmetryErrors::largest() const {
  return std::max({rotation, reflection, translation, permutation});
}

SymmetryErrors symmetry_errors(const std::function<Tensor(const PointClouds&)>& map, const PointClouds& clouds,
                               int trials, std::uint64_t seed) {
  torch::NoGradGuard guard;
  std::mt19937_64 engine(seed);
  const auto& [x, v, q] = clouds;
  const Tensor y = map(clouds);
  SymmetryErrors worst;
  const auto keep = [](double& slot, double error) { slot = std::max(slot, error); };
  for (int t = 0; t < trials; ++t) {
    const std::array<double, 9> rotation = random_rotation(engine);
    for (const double sign : {1.0, -1.0}) {
      const Tensor R = matrix(rotation, sign, x).t();  // rows are vectors: x R^T
      keep(sign > 0 ? worst.rotation : worst.reflection,
           relative_error(map({at::matmul(x, R), at::matmul(v, R), q}), at::matmul(y, R)));
    }
    const Tensor shift = unit_vector(engine, x);
    keep(worst.translation, relative_error(map({x + shift, v, q}), y + shift));
    const Tensor order = random_order(engine, x.size(1));
    const auto permute = [&](const Tensor& values) { return values.index_select(1, order); };
    keep(worst.permutation, relative_error(map({permute(x), permute(v), permute(q)}), permute(y)));
  }
  return worst;
}

}  // namespace coset::verify
