/// The SIMD primitives under the fully connected products: small dense matrix products, and sparse contractions that
/// act on all channels of a row. Private; one table of functions per instruction set, chosen by
/// set_simd_target.
///
/// Rows keep their channels side by side: [row][group][component][channels, padded to kLanePadding]. Padding lanes hold
/// arbitrary numbers and are never read as data.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/compute/padding.h"

namespace coset::compute {

/// Columns that a dense product computes where `count` are wanted and rows are padded: up to half a vector of 16 more.
inline std::int64_t computed(std::int64_t count) {
  constexpr std::int64_t kHalf = kLanePadding / 2;
  return (count + kHalf - 1) / kHalf * kHalf;
}

/// One output of a sparse contraction: `channels` consecutive numbers of the output row.
struct ContractionOutput {
  std::int32_t offset = 0;
  std::int32_t channels = 0;
  std::int32_t begin = 0;  ///< its entries
  std::int32_t end = 0;
};

/// An entry adds m[pair, r] in[r, from : from + channels] to its output; m as in pair_columns.h.
struct ContractionEntry {
  std::int32_t from = 0;
  std::int32_t pair = 0;
};

/// out[r, o.offset : + o.channels] = sum over the entries of o. Outputs are written in order, in whole vectors: one may
/// spill into lanes that a later one owns, never into an earlier one's.
struct Contraction {
  std::vector<ContractionOutput> outputs;
  std::vector<ContractionEntry> entries;
};

/// gm[r, pair] += sum over channels of a[r, in_a + u] b[r, in_b + u]
struct PairDot {
  std::int32_t in_a = 0;
  std::int32_t in_b = 0;
  std::int32_t channels = 0;
  std::int32_t pair = 0;
};

/// Gate of a whole row: silu on columns [0, scalars), then each copy of each group times sigmoid of its gate column.
struct GateGroup {
  std::int64_t gate = 0;       ///< column of the first gate, in the input row
  std::int64_t in = 0;         ///< offset of the values in the input row
  std::int64_t out = 0;        ///< offset in the output row
  std::int64_t in_stride = 0;  ///< component stride
  std::int64_t out_stride = 0;
  std::int64_t components = 0;
  std::int64_t mul = 0;
};

struct GatePlan {
  std::int64_t scalars_in = 0;  ///< offset of the scalars in the input row
  std::int64_t scalars_out = 0;
  std::int64_t scalars = 0;
  std::vector<GateGroup> groups;
  double scalar_factor = 1.0;
  double gate_factor = 1.0;
  bool silu_gates = false;  ///< the gates pass through silu instead of sigmoid
};

template <class T>
struct RowKernels {
  /// c[i, j] = sum_k a[i a_row + k a_column] b[k ldb + j], plus c when `accumulate`; columns is a multiple of
  /// kLanePadding / 2.
  void (*gemm)(std::int64_t rows, std::int64_t columns, std::int64_t depth, const T* a, std::int64_t a_row,
               std::int64_t a_column, const T* b, std::int64_t ldb, T* c, std::int64_t ldc, bool accumulate);

  /// `in` and `out` are rows of the given strides; reads and writes whole vectors.
  void (*contract)(const Contraction& program, std::int64_t rows, const T* m, const T* in, std::int64_t in_row, T* out,
                   std::int64_t out_row, bool accumulate);

  void (*pair_dots)(const std::vector<PairDot>& dots, std::int64_t rows, const T* a, std::int64_t a_row, const T* b,
                    std::int64_t b_row, T* gm, std::int64_t m_row);

  /// out[r, :] = a[ia[r], :] + b[ib[r], :]; width a multiple of kLanePadding.
  void (*add_gathered)(std::int64_t rows, std::int64_t width, const T* a, const std::int64_t* ia, const T* b,
                       const std::int64_t* ib, T* out);

  /// to[:] += from[:]
  void (*add)(std::int64_t width, const T* from, T* to);

  void (*gate)(const GatePlan& plan, std::int64_t rows, const T* in, std::int64_t in_row, T* out, std::int64_t out_row);
  void (*gate_backward)(const GatePlan& plan, std::int64_t rows, const T* in, std::int64_t in_row, const T* gout,
                        std::int64_t out_row, T* gin);

  /// x <- factor silu(x) and, unless dx is null, dx <- factor silu'(x) dx; count a multiple of kLanePadding.
  void (*silu)(std::int64_t count, double factor, T* x, T* dx);

  /// Columns c of dense rows. z = a (+ b, unless null) and sum += z;  squares += (z - mean)^2;
  /// z = (z - mean) scale + shift;  dots += (z - mean) g and sums += g;  z = (z - mean) along + g scale + shift.
  void (*sum_columns)(std::int64_t rows, std::int64_t width, const T* a, const T* b, T* z, T* sum);
  void (*centred_squares)(std::int64_t rows, std::int64_t width, const T* z, const T* mean, T* squares);
  void (*scale_columns)(std::int64_t rows, std::int64_t width, const T* mean, const T* scale, const T* shift, T* z);
  void (*centred_dots)(std::int64_t rows, std::int64_t width, const T* z, const T* mean, const T* g, T* dots, T* sums);
  void (*combine_columns)(std::int64_t rows, std::int64_t width, const T* mean, const T* along, const T* g,
                          const T* scale, const T* shift, T* z);

  /// One block between a public row [mul][dim] (from_component = 1, from_channel = dim) or [dim][mul] and channel rows.
  void (*load_block)(std::int64_t rows, std::int64_t mul, std::int64_t dim, const T* from, std::int64_t from_row,
                     bool channels_inside, T* to, std::int64_t to_row, std::int64_t to_component);
  void (*store_block)(std::int64_t rows, std::int64_t mul, std::int64_t dim, const T* from, std::int64_t from_row,
                      std::int64_t from_component, bool channels_inside, T* to, std::int64_t to_row, bool accumulate);
};

/// The table of the target in use.
template <class T>
const RowKernels<T>& row_kernels();

}  // namespace coset::compute
