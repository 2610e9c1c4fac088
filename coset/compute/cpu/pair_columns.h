/// M[k, i] = sum_j C_{ijk} y[j] of many rows at once, the small matrices through which features meet harmonics or
/// attributes.
///
/// One column per row (an edge or node), one line per entry of M: pair p of row r at m[p kPairColumns + r].
#pragma once

#include <cstdint>
#include <vector>

namespace coset::compute {

/// Rows whose M is held at once; a constant, so that unrolled code addresses M with immediates.
inline constexpr std::int64_t kPairColumns = 64;

/// Most columns of y that pair_columns takes; more than degree 15 would need.
inline constexpr std::int64_t kMostAttributes = 256;

/// M[pair] gets value times y[column].
struct PairTriple {
  std::int32_t pair = 0;
  std::int32_t column = 0;
  double value = 0.0;
};

/// m[pair kPairColumns + r] = sum of triples value y[row, column], rows r < `rows` <= kPairColumns; row is index[r], or
/// r where index is null. Triples ordered by pair.  O(rows triples)
template <class T>
void pair_columns(const std::vector<PairTriple>& triples, std::int64_t pairs, std::int64_t rows, const T* y,
                  std::int64_t y_row, const std::int64_t* index, T* m);

}  // namespace coset::compute
