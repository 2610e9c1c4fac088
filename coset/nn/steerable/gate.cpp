#include "coset/nn/steerable/gate.h"

#include "coset/base/error.h"
#include "coset/ops/columns.h"

namespace coset::nn {

namespace {

/// The parity of f(scalar) for a scalar of parity p.
int activated_parity(ops::Activation activation, int p) {
  if (p == 1) return 1;
  const int f = ops::activation_parity(activation);
  check(f != 0, "[nn::Gate] expected an even or odd activation for 0o; received ", ops::to_string(activation));
  return f == 1 ? 1 : -1;
}

rep::Irreps activated(const std::vector<ops::Activation>& activations, const rep::Irreps& scalars) {
  check(activations.size() == 1 || activations.size() == scalars.size(), "[nn::Gate] expected one activation or ",
        scalars.size(), "; received ", activations.size());
  std::vector<rep::MulIrrep> blocks;
  for (std::size_t b = 0; b < scalars.size(); ++b) {
    check(scalars[b].irrep.l == 0, "[nn::Gate] expected scalars and gates of l = 0; received ", scalars);
    const ops::Activation activation = activations[activations.size() == 1 ? 0 : b];
    blocks.push_back({scalars[b].mul, {0, activated_parity(activation, scalars[b].irrep.p)}});
  }
  return blocks;
}

/// Parity of each gate copy, spread over the gated copies: 0o gates flip.
rep::Irreps gated_result(const rep::Irreps& gates, const rep::Irreps& gated) {
  std::vector<int> parity;
  for (const auto& block : gates) parity.insert(parity.end(), block.mul, block.irrep.p);
  std::vector<rep::MulIrrep> blocks;
  std::size_t copy = 0;
  for (const auto& block : gated)
    for (std::int64_t u = 0; u < block.mul; ++u, ++copy) {
      const rep::Irrep result{block.irrep.l, block.irrep.p * parity[copy]};
      const bool extends = u > 0 && blocks.back().irrep == result;
      if (extends)
        ++blocks.back().mul;
      else
        blocks.push_back({1, result});
    }
  return blocks;
}

/// Column numbers of `parts` inside the sorted and simplified concatenation of them.
Tensor sorted_columns(const rep::Irreps& concatenated) {
  const auto sorted = concatenated.sort();
  const auto starts = sorted.irreps.offsets();
  std::vector<std::int64_t> columns;
  for (std::size_t b = 0; b < concatenated.size(); ++b)
    for (std::int64_t c = 0; c < concatenated[b].dim(); ++c) columns.push_back(starts[sorted.position[b]] + c);
  return torch::tensor(at::IntArrayRef(columns), at::kLong);
}

}  // namespace

Gate::Gate(rep::Irreps scalars, rep::Irreps gates, rep::Irreps gated, Options options) : options_(options) {
  check(gates.num_irreps() == gated.num_irreps(), "[nn::Gate] expected one gate per gated copy; received ",
        gates.num_irreps(), " gates for ", gated);
  const rep::Irreps active_gates = activated({options_.gate_activation}, gates);
  out_ = activated(options_.scalar_activations, scalars) + gated_result(active_gates, gated);
  const rep::Irreps concatenated = scalars + gates + gated;
  in_ = concatenated.regroup();
  scalars_ = scalars;
  gated_ = gated;
  num_scalars_ = scalars.dim();
  num_gates_ = gates.dim();
  order_ = sorted_columns(concatenated);
  gate_of_column_ = ops::copy_of_column(gated);
}

Tensor Gate::activate_scalars(const Tensor& scalars) const {
  const auto& activations = options_.scalar_activations;
  const auto apply = [&](ops::Activation activation, const Tensor& part) {
    const bool bare = options_.bare_scalars && num_gates_ == 0;
    return ops::activate(activation, part) * (bare ? 1.0 : ops::moment_constant(activation));
  };
  if (activations.size() == 1) return apply(activations[0], scalars);
  const auto offsets = scalars_.offsets();
  std::vector<Tensor> parts;
  for (std::size_t b = 0; b < scalars_.size(); ++b)
    parts.push_back(apply(activations[b], scalars.narrow(-1, offsets[b], scalars_[b].dim())));
  return at::cat(parts, -1);
}

field::SteerableTensor Gate::forward(const field::SteerableTensor& x) const {
  field::expect_irreps("nn::Gate", in_, x);
  const Tensor columns = x.data().index_select(-1, order_);
  const std::int64_t num_gated = columns.size(-1) - num_scalars_ - num_gates_;
  const Tensor scalars = activate_scalars(columns.narrow(-1, 0, num_scalars_));
  if (num_gates_ == 0) return {out_, scalars};
  const Tensor gates = ops::activate(options_.gate_activation, columns.narrow(-1, num_scalars_, num_gates_)) *
                       ops::moment_constant(options_.gate_activation);
  const Tensor gated = columns.narrow(-1, num_scalars_ + num_gates_, num_gated);
  return {out_, at::cat({scalars, gated * gates.index_select(-1, gate_of_column_)}, -1)};
}

std::optional<compute::GateShape> Gate::fused_shape() const {
  const bool silu = options_.scalar_activations == std::vector{ops::Activation::silu};
  const bool sigmoid = options_.gate_activation == ops::Activation::sigmoid;
  const bool sorted = order_.equal(at::arange(order_.size(0), at::kLong));
  if (!silu || !sigmoid || !sorted || in_.size() == 0 || in_.count({0, 1}) != num_scalars_ + num_gates_) return {};
  compute::GateShape shape;
  shape.scalars = num_scalars_;
  shape.gated = gated_.blocks();
  shape.scalar_factor = options_.bare_scalars && num_gates_ == 0 ? 1.0 : ops::moment_constant(ops::Activation::silu);
  shape.gate_factor = ops::moment_constant(ops::Activation::sigmoid);
  return shape;
}

std::shared_ptr<Gate> make_swish_gate(const rep::Irreps& out) {
  check(out.size() > 0 && out[0].irrep.is_scalar(),
        "[nn::make_swish_gate] expected irreps that begin with 0e; received ", out);
  const rep::Irreps scalars(std::vector<rep::MulIrrep>{out[0]});
  const rep::Irreps gated(std::vector<rep::MulIrrep>(out.begin() + 1, out.end()));
  const rep::Irreps gates(std::vector<rep::MulIrrep>{{gated.num_irreps(), {0, 1}}});
  Gate::Options options;
  options.bare_scalars = true;
  return std::make_shared<Gate>(scalars, gates, gated, options);
}

}  // namespace coset::nn
