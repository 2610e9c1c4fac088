// Dense products of the sizes equivariant layers need: tens to hundreds of rows, columns and terms, one core, no
// packing of the left operand. A tile of C lives in registers; 24 accumulators keep two FMA pipes of latency 4 busy.
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/cpu/gemm.cpp"
#include "coset/compute/cpu/simd_begin.inc"

#include "coset/compute/cpu/row_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

/// Registers of the target: 32 with AVX-512, else 16.
constexpr int kTile = HWY_TARGET <= HWY_AVX3 ? 24 : 12;
constexpr int kWidest = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

template <class T>
struct Problem {
  std::int64_t depth;
  const T* a;
  std::int64_t a_row;
  std::int64_t a_column;
  const T* b;
  std::int64_t ldb;
  T* c;
  std::int64_t ldc;
  bool accumulate;
};

/// kVectors vectors of columns, and half a vector more with kHalf: where a core executes AVX-512 in halves it costs
/// half.
template <class T, int kRows, int kVectors, bool kHalf>
HWY_INLINE void tile(const Problem<T>& p, std::int64_t row, std::int64_t column) {
  const hn::ScalableTag<T> d;
  const hn::Half<decltype(d)> dh;
  using V = hn::Vec<decltype(d)>;
  using H = hn::Vec<decltype(dh)>;
  constexpr int kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  const T* HWY_RESTRICT a = p.a + row * p.a_row;
  const T* HWY_RESTRICT b = p.b + column;
  T* c = p.c + row * p.ldc + column;
  V sum[kRows][kVectors + 1];
  H half[kRows];
#pragma GCC unroll 24
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j)
      sum[i][j] = p.accumulate ? hn::LoadU(d, c + i * p.ldc + j * kLanes) : hn::Zero(d);
    if constexpr (kHalf) half[i] = p.accumulate ? hn::LoadU(dh, c + i * p.ldc + kVectors * kLanes) : hn::Zero(dh);
  }
  for (std::int64_t k = 0; k < p.depth; ++k) {
    V right[kVectors + 1];
    H right_half = hn::Zero(dh);
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) right[j] = hn::LoadU(d, b + k * p.ldb + j * kLanes);
    if constexpr (kHalf) right_half = hn::LoadU(dh, b + k * p.ldb + kVectors * kLanes);
#pragma GCC unroll 24
    for (int i = 0; i < kRows; ++i) {
      const V left = hn::Set(d, a[i * p.a_row + k * p.a_column]);
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) sum[i][j] = hn::MulAdd(left, right[j], sum[i][j]);
      if constexpr (kHalf) half[i] = hn::MulAdd(hn::LowerHalf(dh, left), right_half, half[i]);
    }
  }
#pragma GCC unroll 24
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) hn::StoreU(sum[i][j], d, c + i * p.ldc + j * kLanes);
    if constexpr (kHalf) hn::StoreU(half[i], dh, c + i * p.ldc + kVectors * kLanes);
  }
}

/// All rows of one column panel; the remainder in tiles of a half, a quarter, ... of the rows.
template <class T, int kRows, int kVectors, bool kHalf = false>
void panel(const Problem<T>& p, std::int64_t row, std::int64_t rows, std::int64_t column) {
  for (; row + kRows <= rows; row += kRows) tile<T, kRows, kVectors, kHalf>(p, row, column);
  if constexpr (kRows > 1) {
    if (row < rows) panel<T, (kRows > 4 ? 4 : kRows / 2), kVectors, kHalf>(p, row, rows, column);
  }
}

/// The columns that the widest panels leave: fewer than kWidest vectors, and perhaps a half.
template <class T>
void last_panel(const Problem<T>& p, std::int64_t rows, std::int64_t column, std::int64_t vectors, bool half) {
  if constexpr (kWidest == 4) {
    if (half) {
      if (vectors == 3) return panel<T, kTile / 4, 3, true>(p, 0, rows, column);
      if (vectors == 2) return panel<T, kTile / 3, 2, true>(p, 0, rows, column);
      if (vectors == 1) return panel<T, kTile / 2, 1, true>(p, 0, rows, column);
      return panel<T, kTile / 2, 0, true>(p, 0, rows, column);
    }
    if (vectors == 3) return panel<T, kTile / 3, 3>(p, 0, rows, column);
    if (vectors == 2) return panel<T, kTile / 2, 2>(p, 0, rows, column);
  }
  if (vectors == 1) panel<T, kTile / 2, 1>(p, 0, rows, column);
}

template <class T>
void gemm(std::int64_t rows, std::int64_t columns, std::int64_t depth, const T* a, std::int64_t a_row,
          std::int64_t a_column, const T* b, std::int64_t ldb, T* c, std::int64_t ldc, bool accumulate) {
  const Problem<T> p{depth, a, a_row, a_column, b, ldb, c, ldc, accumulate};
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  std::int64_t column = 0;
  for (; column + kWidest * kLanes <= columns; column += kWidest * kLanes)
    panel<T, kTile / kWidest, kWidest>(p, 0, rows, column);
  const std::int64_t left = columns - column;
  if (left > 0) last_panel(p, rows, column, left / kLanes, left % kLanes != 0);
}

template <class T>
void fill(RowKernels<T>& table) {
  table.gemm = gemm<T>;
}

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE

#define COSET_SIMD_EXPORT fill_gemm, RowKernels
#include "coset/compute/cpu/simd_export.inc"
