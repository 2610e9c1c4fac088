#include "coset/nn/gate.h"

#include "coset/base/error.h"
#include "coset/ops/array.h"
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
  return ops::index_tensor(columns);
}

bool is_trivial(const field::FieldBlock& block) {
  return block.rep.dim == 1 && block.rep.permutation;
}

field::FieldType with_gates(const field::FieldType& out) {
  auto blocks = out.blocks();
  std::int64_t gates = 0;
  for (const auto& block : blocks) gates += is_trivial(block) ? 0 : block.fields;
  check(gates > 0, "[nn::Gate] expected some fields that are not trivial; received ", out);
  blocks.push_back({rep::trivial_representation(out.group()), gates});
  return {out.shared_group(), std::move(blocks)};
}

}  // namespace

Gate::Gate(rep::Irreps scalars, rep::Irreps gates, rep::Irreps gated, Options options) : options_(std::move(options)) {
  check(gates.num_irreps() == gated.num_irreps(), "[nn::Gate] expected one gate per gated copy; received ",
        gates.num_irreps(), " gates for ", gated);
  const rep::Irreps active_gates = activated({options_.gate_activation}, gates);
  out_ = activated(options_.scalar_activations, scalars) + gated_result(active_gates, gated);
  const rep::Irreps concatenated = scalars + gates + gated;
  in_ = concatenated.regroup();
  gated_ = gated;
  for (const auto& block : scalars) scalar_sizes_.push_back(block.dim());
  num_scalars_ = scalars.dim();
  num_gates_ = gates.dim();
  order_ = sorted_columns(concatenated);
  gate_of_column_ = ops::copy_of_column(gated);
}

Gate::Gate(field::FieldType out, ops::Activation scalars) : in_(with_gates(out)), out_(std::move(out)) {
  options_ = {{scalars}, ops::Activation::sigmoid, false, false};
  std::vector<std::int64_t> trivial, others, owner;
  for (std::int64_t c = 0; const auto& block : out_.blocks())
    for (std::int64_t u = 0; u < block.fields; ++u) {
      num_gates_ += is_trivial(block) ? 0 : 1;
      for (std::int64_t m = 0; m < block.rep.dim; ++m, ++c) {
        (is_trivial(block) ? trivial : others).push_back(c);
        if (!is_trivial(block)) owner.push_back(num_gates_ - 1);
      }
    }
  num_scalars_ = static_cast<std::int64_t>(trivial.size());
  scalar_sizes_ = {num_scalars_};
  std::vector<std::int64_t> order = trivial;
  for (std::int64_t k = 0; k < num_gates_; ++k) order.push_back(out_.channels() + k);
  order.insert(order.end(), others.begin(), others.end());
  trivial.insert(trivial.end(), others.begin(), others.end());
  order_ = ops::index_tensor(order);
  gate_of_column_ = ops::index_tensor(owner);
  places_ = at::argsort(ops::index_tensor(trivial));
}

Tensor Gate::activate_scalars(const Tensor& scalars, std::int64_t axis) const {
  const auto& activations = options_.scalar_activations;
  const bool bare = !options_.constants || (options_.bare_scalars && num_gates_ == 0);
  const auto apply = [&](ops::Activation activation, const Tensor& part) {
    return ops::activate(activation, part) * (bare ? 1.0 : ops::moment_constant(activation));
  };
  if (activations.size() == 1) return apply(activations[0], scalars);
  std::vector<Tensor> parts;
  for (std::size_t b = 0; const Tensor& part : scalars.split_with_sizes(scalar_sizes_, axis))
    parts.push_back(apply(activations[b++], part));
  return at::cat(parts, axis);
}

field::Field Gate::forward(const field::Field& x) const {
  field::expect_type("nn::Gate", in_, x);
  const std::int64_t axis = x.axis();
  const Tensor columns = x.data().index_select(axis, order_);
  const std::int64_t num_gated = columns.size(axis) - num_scalars_ - num_gates_;
  const Tensor scalars = activate_scalars(columns.narrow(axis, 0, num_scalars_), axis);
  if (num_gates_ == 0) return x.with(out_, scalars);
  const Tensor gates = ops::activate(options_.gate_activation, columns.narrow(axis, num_scalars_, num_gates_)) *
                       (options_.constants ? ops::moment_constant(options_.gate_activation) : 1.0);
  const Tensor gated = columns.narrow(axis, num_scalars_ + num_gates_, num_gated);
  const Tensor out = at::cat({scalars, gated * gates.index_select(axis, gate_of_column_)}, axis);
  return x.with(out_, places_.defined() ? out.index_select(axis, places_) : out);
}

std::optional<compute::GateShape> Gate::fused_shape() const {
  const bool silu = options_.scalar_activations == std::vector{ops::Activation::silu};
  const bool sigmoid = options_.gate_activation == ops::Activation::sigmoid;
  const bool sorted = order_.equal(at::arange(order_.size(0), at::kLong));
  const rep::Irreps& in = in_.irreps();  // none on a grid
  if (!silu || !sigmoid || !sorted || in.size() == 0 || in.count({0, 1}) != num_scalars_ + num_gates_) return {};
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
