#include "coset/nn/fourier_activation.h"

#include "coset/base/error.h"
#include "coset/nn/grid/fourier.h"
#include "coset/ops/array.h"
#include "coset/rep/fourier_s2.h"

namespace coset::nn {

namespace {

Tensor matrix(const std::vector<std::vector<double>>& rows) {
  std::vector<Tensor> list;
  list.reserve(rows.size());
  for (const auto& row : rows) list.push_back(ops::real_tensor(row));
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
          "[nn::FourierActivation] expected 1x0 + 1x1 + ... with parities p q^l; received ", irreps);
  }
  return p_value;
}

}  // namespace

FourierActivation::FourierActivation(const rep::Irreps& irreps, const SphereActivationOptions& options)
    : in_(irreps), out_(irreps), activation_(options.activation), constant_(ops::moment_constant(activation_)) {
  check(irreps.size() > 0, "[nn::FourierActivation] expected at least 1x0e; received no irreps");
  if (value_parity(irreps) == -1) {
    const int f = ops::activation_parity(activation_);
    check(f != 0, "[nn::FourierActivation] expected an even or odd activation for a pseudo-scalar signal; received ",
          ops::to_string(activation_));
    if (f == 1) {
      std::vector<rep::MulIrrep> blocks = irreps.blocks();
      for (auto& block : blocks) block.irrep.p = -block.irrep.p;
      out_ = rep::Irreps(std::move(blocks));
    }
  }
  rep::SphereTransformOptions transform_options;
  transform_options.lmax = static_cast<int>(irreps.size()) - 1;
  transform_options.res_beta = options.res_beta;
  transform_options.res_alpha = options.res_alpha;
  transform_options.normalization = options.normalization;
  const rep::SphereTransform transform = rep::make_sphere_transform(transform_options);
  const std::size_t points = transform.grid.beta.size() * transform.grid.alpha.size();
  to_samples_ = matrix_of(static_cast<std::size_t>(irreps.dim()),
                          [&](const std::vector<double>& x) { return rep::to_grid(transform, x); });
  from_samples_ = matrix_of(points, [&](const std::vector<double>& f) { return rep::from_grid(transform, f); });
}

FourierActivation::FourierActivation(field::GridPtr group, std::int64_t fields, std::int64_t max_frequency,
                                     ops::Activation kind)
    : activation_(kind) {
  auto basis = fourier_basis(*group, max_frequency);
  to_samples_ = basis.rows;
  from_samples_ = basis.rows.t();
  in_ = {std::move(group), {{std::move(basis.rep), fields}}};
  out_ = in_;
}

field::Field FourierActivation::forward(const field::Field& x) const {
  field::expect_type("nn::FourierActivation", in_, x);
  const std::int64_t axis = x.axis();
  const Tensor fibres = x.data().unflatten(axis, {-1, to_samples_.size(0)}).movedim(axis + 1, -1);
  const Tensor samples = at::matmul(fibres, to_samples_.to(x.data().options()));
  const Tensor active = ops::activate(activation_, samples) * constant_;
  const Tensor back = at::matmul(active, from_samples_.to(x.data().options()));
  return x.with(out_, back.movedim(-1, axis + 1).flatten(axis, axis + 1));
}

}  // namespace coset::nn
