/// What the columns of a feature row are: which irrep copy owns each, and which are even scalars.
#pragma once

#include "coset/ops/torch.h"
#include "coset/rep/irreps.h"

namespace coset::ops {

/// (D) int64: the number, 0 .. num_irreps-1, of the irrep copy that owns each column.
Tensor copy_of_column(const rep::Irreps& irreps);

/// Columns of the 0e blocks, ascending, as an index tensor.
Tensor scalar_columns(const rep::Irreps& irreps);

/// values (..., number of scalars) -> (..., width), zero outside `columns` (scalar_columns of a row that wide).
Tensor spread_scalars(const Tensor& values, const Tensor& columns, std::int64_t width);

/// (D, num_irreps): one where the column belongs to the copy; x * x times this matrix sums squares over each copy.
Tensor copy_indicator(const rep::Irreps& irreps, const at::TensorOptions& options);

}  // namespace coset::ops
