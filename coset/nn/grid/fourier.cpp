#include "coset/nn/grid/fourier.h"

#include "coset/base/error.h"
#include "coset/ops/array.h"

namespace coset::nn {
namespace {

using field::Field;
using field::FieldType;

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

FourierBasis fourier_basis(const group::GroupGrid& group, std::int64_t max_frequency) {
  check(max_frequency >= 0, "[nn::fourier_type] expected a frequency >= 0; received ", max_frequency);
  const auto found = rep::decompose(group, rep::regular_representation(group));
  std::vector<rep::GridRepresentation> kept;
  std::vector<Tensor> rows;
  const Tensor matrix = ops::real_tensor(found.matrix).view({group.size, group.size});
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

FieldType fourier_type(field::GridPtr group, std::int64_t fields, std::int64_t max_frequency) {
  auto basis = fourier_basis(*group, max_frequency);
  return {std::move(group), {{std::move(basis.rep), fields}}};
}

Field to_irreps(const Field& f) {
  const auto& kind = f.type().single_block("nn::to_irreps");
  check(kind.rep.name == "regular", "[nn::to_irreps] expected regular fields; received ", f.type());
  auto basis = fourier_basis(f.type().group(), largest_frequency(f.type().group()));
  const FieldType type(f.type().shared_group(), {{std::move(basis.rep), kind.fields}});
  return {type, mixed(f.fibres(), basis.rows).flatten(1, 2)};
}

Field to_regular(const Field& f) {
  const auto& kind = f.type().single_block("nn::to_regular");
  const auto basis = fourier_basis(f.type().group(), largest_frequency(f.type().group()));
  check(kind.rep == basis.rep, "[nn::to_regular] expected fields of type ", basis.rep.name, "; received ", f.type());
  return {FieldType::regular(f.type().shared_group(), kind.fields), mixed(f.fibres(), basis.rows.t()).flatten(1, 2)};
}

}  // namespace coset::nn
