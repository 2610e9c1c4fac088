/// Executes a mixing plan on a chunk of rows: value and gradients.
///
/// Chunk arrays: x (rows, in.size), z (rows, out.size), y (rows, y_size), m (pairs, kPairColumns) of pair_columns, its
/// gradient gm (rows, pairs), packed weights of pack_weights.
#pragma once

#include "coset/compute/cpu/mixing_plan.h"
#include "coset/compute/cpu/scratch.h"

namespace coset::compute {

/// Rows handled together: a multiple of every register tile; intermediates stay in the second-level cache.
inline constexpr std::int64_t kChunkRows = 48;
static_assert(kChunkRows <= kPairColumns);

/// Intermediates of one chunk, taken from the caller's frame and reused for every chunk of a task.
template <class T>
struct MixingScratch {
  T* contracted = nullptr;  ///< (kChunkRows, contract_size)
  T* mixed = nullptr;       ///< (kChunkRows, mix_size)
  T* gradient = nullptr;    ///< (kChunkRows, the larger of both); null when only values are computed

  MixingScratch(ScratchFrame& frame, const MixingPlan& plan, bool gradients);
};

/// m of the rows of y.
template <class T>
void pair_values(const MixingPlan& plan, std::int64_t rows, const T* y, T* m) {
  pair_columns<T>(plan.triples, plan.pairs, rows, y, plan.y_size, nullptr, m);
}

/// gy[r, j] += sum over triples of C gm
template <class T>
void pair_values_backward(const MixingPlan& plan, std::int64_t rows, const T* gm, T* gy);

/// z = product + bias; bias, of the even scalars, may be null.
template <class T>
void mix(const MixingPlan& plan, std::int64_t rows, const T* weights, const T* bias, const T* x, const T* m, T* z,
         const MixingScratch<T>& scratch);

/// z (+)= what the mix stacks' rows `mixed` (rows, mix_size) contract to.
template <class T>
void contract_mixed(const MixingPlan& plan, std::int64_t rows, const T* m, const T* mixed, T* z, bool accumulate);

/// z[r] += bias in the even scalars.
template <class T>
void add_bias(const ChannelLayout& layout, std::int64_t rows, const T* bias, T* z);

/// Overwrites x (rows, in.size); adds to the gradient m (rows, pairs) and, unless `start`, to weights (weights_size).
/// Null: not wanted.
template <class T>
struct MixingGradients {
  T* x = nullptr;
  T* m = nullptr;
  T* weights = nullptr;
  bool start = false;  ///< overwrite weights
};
template <class T>
void mix_backward(const MixingPlan& plan, std::int64_t rows, const T* weights, const T* transposed, const T* x,
                  const T* m, const T* gz, const MixingGradients<T>& out, const MixingScratch<T>& scratch);

}  // namespace coset::compute
