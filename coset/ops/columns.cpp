#include "coset/ops/columns.h"

#include <vector>

#include "coset/ops/array.h"

namespace coset::ops {

Tensor copy_of_column(const rep::Irreps& irreps) {
  std::vector<std::int64_t> owner;
  std::int64_t copy = 0;
  for (const auto& block : irreps)
    for (std::int64_t u = 0; u < block.mul; ++u, ++copy) owner.insert(owner.end(), block.irrep.dim(), copy);
  return index_tensor(owner);
}

Tensor scalar_columns(const rep::Irreps& irreps) {
  std::vector<std::int64_t> columns;
  std::int64_t column = 0;
  for (const auto& block : irreps)
    for (std::int64_t c = 0; c < block.dim(); ++c, ++column)
      if (block.irrep.is_scalar()) columns.push_back(column);
  return index_tensor(columns);
}

Tensor spread_scalars(const Tensor& values, const Tensor& columns, std::int64_t width) {
  std::vector<std::int64_t> shape = values.sizes().vec();
  shape.back() = width;
  return at::zeros(shape, values.options()).index_add(-1, columns, values);
}

Tensor copy_indicator(const rep::Irreps& irreps, const at::TensorOptions& options) {
  const Tensor owner = copy_of_column(irreps);
  return at::zeros({owner.size(0), irreps.num_irreps()}, options).scatter_(1, owner.unsqueeze(1), 1.0);
}

}  // namespace coset::ops
