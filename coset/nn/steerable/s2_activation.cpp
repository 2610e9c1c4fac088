#include "coset/nn/steerable/s2_activation.h"

#include "coset/base/error.h"
#include "coset/rep/fourier_s2.h"

namespace coset::nn {

namespace {

Tensor matrix(const std::vector<std::vector<double>>& rows) {
  std::vector<Tensor> list;
  list.reserve(rows.size());
  for (const auto& row : rows) list.push_back(torch::tensor(at::ArrayRef<double>(row), at::kDouble));
  return at::stack(list);
}

/// Row i is f(e_i).
template <class F>
Tensor matrix_of(std::size_t dimension, const F& f) {
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < dimension; ++i) {
    std::vector<double> unit(dimension, 0.0);
    unit[i] = 1.0;
    rows.push_back(f(unit));
  }
  return matrix(rows);
}

/// p_value of irreps with parities p_value p_argument^l.
int value_parity(const rep::Irreps& irreps) {
  const int p_value = irreps.size() > 0 ? irreps[0].irrep.p : 1;
  const int p_argument = irreps.size() > 1 ? irreps[1].irrep.p * p_value : 1;
  for (std::size_t l = 0; l < irreps.size(); ++l) {
    const int expected = l % 2 == 0 ? p_value : p_value * p_argument;
    check(irreps[l].mul == 1 && irreps[l].irrep == rep::Irrep{static_cast<int>(l), expected},
          "[nn::S2Activation] expected 1x0 + 1x1 + ... with parities p q^l; received ", irreps);
  }
  return p_value;
}

}  // namespace

S2Activation::S2Activation(rep::Irreps irreps, S2ActivationOptions options)
    : in_(std::move(irreps)), out_(in_), options_(options) {
  check(in_.size() > 0, "[nn::S2Activation] expected at least 1x0e; received no irreps");
  if (value_parity(in_) == -1) {
    const int f = ops::activation_parity(options_.activation);
    check(f != 0, "[nn::S2Activation] expected an even or odd activation for a pseudo-scalar signal; received ",
          ops::to_string(options_.activation));
    if (f == 1) {
      std::vector<rep::MulIrrep> blocks = in_.blocks();
      for (auto& block : blocks) block.irrep.p = -block.irrep.p;
      out_ = blocks;
    }
  }
  rep::SphereTransformOptions transform_options;
  transform_options.lmax = static_cast<int>(in_.size()) - 1;
  transform_options.res_beta = options_.res_beta;
  transform_options.res_alpha = options_.res_alpha;
  transform_options.normalization = options_.normalization;
  const rep::SphereTransform transform = rep::make_sphere_transform(transform_options);
  const std::size_t points = transform.grid.beta.size() * transform.grid.alpha.size();
  to_grid_ = matrix_of(static_cast<std::size_t>(in_.dim()),
                       [&](const std::vector<double>& x) { return rep::to_grid(transform, x); });
  from_grid_ = matrix_of(points, [&](const std::vector<double>& f) { return rep::from_grid(transform, f); });
}

field::SteerableTensor S2Activation::forward(const field::SteerableTensor& x) const {
  field::expect_irreps("nn::S2Activation", in_, x);
  const auto type = x.data().scalar_type();
  const Tensor samples = at::matmul(x.data(), to_grid_.to(type));  // (..., G)
  const Tensor active = ops::activate(options_.activation, samples) * ops::moment_constant(options_.activation);
  return {out_, at::matmul(active, from_grid_.to(type))};
}

}  // namespace coset::nn
