/// Sums of edge rows at their receivers, deterministic at any thread count.
#pragma once

#include "coset/ops/torch.h"

namespace coset::ops {

/// out[i] = sum of rows e with row_start[i] <= e < row_start[i+1], added in order of e.
/// @param rows      (E, D)      @param row_start (N+1) int64, ascending from 0 to E
/// @return          (N, D); receivers without edges are zero
/// @throws coset::Error on other shapes or types, and unless row_start ascends from 0 to E
Tensor segment_sum(const Tensor& rows, const Tensor& row_start);

/// out[e] = rows[index[e]]; its derivative adds in order of e.  rows (N, D), index (E) int64 -> (E, D)
/// @throws coset::Error on other shapes or types, and on an index outside 0 .. N-1
Tensor gather(const Tensor& rows, const Tensor& index);

}  // namespace coset::ops
