#include "coset/nn/regular/field_nonlinearity.h"

#include "coset/base/error.h"

namespace coset::nn {
namespace {

using field::FieldBlock;
using field::FieldType;
using field::RegularField;

/// Keeps gradients finite where a field vanishes: the derivative of |x| is then 0, not 0/0.
constexpr double kTiny = 1e-12;

FieldType with_gates(const FieldType& out) {
  auto blocks = out.blocks();
  std::int64_t gates = 0;
  for (const auto& block : blocks) gates += block.rep.dim == 1 && block.rep.permutation ? 0 : block.fields;
  check(gates > 0, "[nn::GatedNonlinearity] expected some fields that are not trivial; received ", out.to_string());
  blocks.push_back({rep::trivial_representation(out.group()), gates});
  return {out.shared_group(), std::move(blocks)};
}

bool is_trivial(const FieldBlock& block) {
  return block.rep.dim == 1 && block.rep.permutation;
}

struct FourierBasis {
  rep::GridRepresentation rep;
  Tensor rows;  // (coefficients, |G|) float64
};

FourierBasis fourier_basis(const group::GroupGrid& group, std::int64_t max_frequency) {
  check(max_frequency >= 0, "[nn::fourier_type] expected a frequency >= 0; received ", max_frequency);
  const auto found = rep::decompose(group, rep::regular_representation(group));
  std::vector<rep::GridRepresentation> kept;
  std::vector<Tensor> rows;
  const Tensor matrix = torch::tensor(at::ArrayRef<double>(found.matrix), at::kDouble).view({group.size, group.size});
  std::int64_t row = 0;
  for (const auto& irrep : found.irreps) {
    std::int64_t frequency = 0;  // from its name "irrep(k)": the only place it is written
    for (char c : irrep.name)
      if (c >= '0' && c <= '9') frequency = 10 * frequency + (c - '0');
    if (frequency <= max_frequency) {
      kept.push_back(irrep);
      rows.push_back(matrix.narrow(0, row, irrep.dim));
    }
    row += irrep.dim;
  }
  auto sum = rep::direct_sum(kept);
  sum.name = "fourier(" + std::to_string(max_frequency) + ")";
  return {std::move(sum), at::cat(rows)};
}

std::int64_t largest_frequency(const group::GroupGrid& group) {
  std::int64_t turns = 0;
  for (std::int64_t g = 0; g < group.size; ++g) turns += group.determinant(g) > 0.0 ? 1 : 0;
  return turns / 2;
}

/// Fibres times a matrix (to, from): (B, F, from, X...) -> (B, F, to, X...).
Tensor mixed(const Tensor& fibres, const Tensor& matrix) {
  return at::matmul(fibres.movedim(2, -1), matrix.to(fibres.options()).t()).movedim(-1, 2);
}

}  // namespace

NormNonlinearity::NormNonlinearity(FieldType type) : type_(std::move(type)) {
  bias = register_parameter("bias", at::zeros({type_.fields()}));
}

RegularField NormNonlinearity::forward(const RegularField& f) const {
  field::expect_type("nn::NormNonlinearity", type_, f);
  std::vector<Tensor> parts;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < type_.blocks().size(); ++i) {
    const auto& kind = type_.blocks()[i];
    const Tensor block = f.block(i);  // (B, fields, dim, X...)
    std::vector<std::int64_t> shape(static_cast<std::size_t>(block.dim()), 1);
    shape[1] = kind.fields;
    const Tensor b = bias.narrow(0, first, kind.fields).view(shape);
    if (is_trivial(kind)) {
      parts.push_back(at::relu(block + b).flatten(1, 2));
    } else {
      const Tensor norm = (block.square().sum(2, true) + kTiny).sqrt();
      parts.push_back((block * (at::relu(norm + b) / norm)).flatten(1, 2));
    }
    first += kind.fields;
  }
  return {type_, at::cat(parts, 1)};
}

GatedNonlinearity::GatedNonlinearity(FieldType out, Pointwise scalars)
    : in_(with_gates(out)), out_(std::move(out)), scalars_(scalars) {}

RegularField GatedNonlinearity::forward(const RegularField& f) const {
  field::expect_type("nn::GatedNonlinearity", in_, f);
  const std::size_t count = out_.blocks().size();
  const Tensor gates = at::sigmoid(f.block(count));  // (B, gates, 1, X...)
  std::vector<Tensor> parts;
  std::int64_t used = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& kind = out_.blocks()[i];
    const Tensor block = f.block(i);
    if (is_trivial(kind)) {
      const RegularField scalars(FieldType::trivial(out_.shared_group(), kind.fields), block.flatten(1, 2));
      parts.push_back(activate(scalars, scalars_).data());
    } else {
      parts.push_back((block * gates.narrow(1, used, kind.fields)).flatten(1, 2));
      used += kind.fields;
    }
  }
  return {out_, at::cat(parts, 1)};
}

FieldType fourier_type(field::GridPtr group, std::int64_t fields, std::int64_t max_frequency) {
  auto basis = fourier_basis(*group, max_frequency);
  return {std::move(group), {{std::move(basis.rep), fields}}};
}

FourierNonlinearity::FourierNonlinearity(field::GridPtr group, std::int64_t fields, std::int64_t max_frequency,
                                         Pointwise kind)
    : kind_(kind) {
  auto basis = fourier_basis(*group, max_frequency);
  basis_ = basis.rows;
  type_ = {std::move(group), {{std::move(basis.rep), fields}}};
}

RegularField FourierNonlinearity::forward(const RegularField& f) const {
  field::expect_type("nn::FourierNonlinearity", type_, f);
  const auto regular = FieldType::regular(type_.shared_group(), type_.fields());
  const RegularField samples(regular, mixed(f.fibres(), basis_.t()).flatten(1, 2));
  return {type_, mixed(activate(samples, kind_).fibres(), basis_).flatten(1, 2)};
}

RegularField to_irreps(const RegularField& f) {
  const auto& kind = f.type().single_block("nn::to_irreps");
  check(kind.rep.name == "regular", "[nn::to_irreps] expected regular fields; received ", f.type().to_string());
  auto basis = fourier_basis(f.type().group(), largest_frequency(f.type().group()));
  const FieldType type(f.type().shared_group(), {{std::move(basis.rep), kind.fields}});
  return {type, mixed(f.fibres(), basis.rows).flatten(1, 2)};
}

RegularField to_regular(const RegularField& f) {
  const auto& kind = f.type().single_block("nn::to_regular");
  const auto basis = fourier_basis(f.type().group(), largest_frequency(f.type().group()));
  check(kind.rep == basis.rep, "[nn::to_regular] expected fields of type ", basis.rep.name, "; received ",
        f.type().to_string());
  return {FieldType::regular(f.type().shared_group(), kind.fields), mixed(f.fibres(), basis.rows.t()).flatten(1, 2)};
}

}  // namespace coset::nn
