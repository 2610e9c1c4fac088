/// Between rows [point][component], as callers keep them, and columns [component][point], a point per lane: transposed
/// in registers, in 4 x 4 (2 x 2) blocks; to rows, as many components at a time as there are points, so that each point
/// takes one store. Included once per instruction set (Highway), hence no pragma once.

#include <algorithm>
#include <cstdint>

#include <hwy/highway.h>

#if defined(COSET_COMPUTE_ROW_TRANSPOSE_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef COSET_COMPUTE_ROW_TRANSPOSE_H_
#undef COSET_COMPUTE_ROW_TRANSPOSE_H_
#else
#define COSET_COMPUTE_ROW_TRANSPOSE_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

template <class T>
using Lanes = hn::ScalableTag<T>;
template <class T>
using Vector = hn::Vec<Lanes<T>>;
template <class T>
constexpr std::int64_t kLanes = hn::MaxLanes(Lanes<T>());
/// Components that are transposed together: one 128-bit block.
template <class T>
constexpr std::int64_t kBlock = 16 / sizeof(T);

/// Transposes the 4 x 4 matrices that stand side by side in the 128-bit blocks of four vectors.
HWY_INLINE void transpose_blocks(Vector<float> (&v)[4]) {
  const Lanes<float> d;
  const hn::RepartitionToWide<Lanes<float>> wide;
  const auto t0 = hn::BitCast(wide, hn::InterleaveLower(d, v[0], v[1]));
  const auto t1 = hn::BitCast(wide, hn::InterleaveUpper(d, v[0], v[1]));
  const auto t2 = hn::BitCast(wide, hn::InterleaveLower(d, v[2], v[3]));
  const auto t3 = hn::BitCast(wide, hn::InterleaveUpper(d, v[2], v[3]));
  v[0] = hn::BitCast(d, hn::InterleaveLower(wide, t0, t2));
  v[1] = hn::BitCast(d, hn::InterleaveUpper(wide, t0, t2));
  v[2] = hn::BitCast(d, hn::InterleaveLower(wide, t1, t3));
  v[3] = hn::BitCast(d, hn::InterleaveUpper(wide, t1, t3));
}

HWY_INLINE void transpose_blocks(Vector<double> (&v)[2]) {
  const Lanes<double> d;
  const auto t = hn::InterleaveLower(d, v[0], v[1]);
  v[1] = hn::InterleaveUpper(d, v[0], v[1]);
  v[0] = t;
}

/// Writes the 128-bit blocks of v to every kBlock-th row from `rows` on.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void store_blocks(D d, hn::Vec<D> v, T* HWY_RESTRICT rows, std::int64_t row) {
  if constexpr (hn::MaxLanes(D()) == static_cast<std::size_t>(kBlock<T>)) {
    hn::StoreU(v, d, rows);
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, v), rows, row);
    store_blocks(half, hn::UpperHalf(half, v), rows + hn::MaxLanes(half) * row, row);
  }
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> load_blocks(D d, const T* HWY_RESTRICT rows, std::int64_t row) {
  if constexpr (hn::MaxLanes(D()) == static_cast<std::size_t>(kBlock<T>)) {
    return hn::LoadU(d, rows);
  } else {
    const hn::Half<D> half;
    const auto low = load_blocks(half, rows, row);
    return hn::Combine(d, load_blocks(half, rows + hn::MaxLanes(half) * row, row), low);
  }
}

/// rows[p][j] = v[j][p] for one block of components; v is overwritten.
template <class T>
HWY_INLINE void store_block(Vector<T> (&v)[kBlock<T>], T* HWY_RESTRICT rows, std::int64_t row) {
  const Lanes<T> d;
  transpose_blocks(v);
#pragma GCC unroll 4
  for (std::int64_t j = 0; j < kBlock<T>; ++j) store_blocks(d, v[j], rows + j * row, row);
}

/// 128-bit blocks of a vector.
template <class T>
constexpr std::int64_t kBlocks = kLanes<T> / kBlock<T>;

/// Transposes the matrix of 128-bit blocks whose row g is v[g]: of one, two or four vectors.
template <class T>
HWY_INLINE void transpose_of_blocks(Vector<T> (&v)[kBlocks<T>]) {
  const Lanes<T> d;
  if constexpr (kBlocks<T> == 2) {
    const auto low = hn::ConcatLowerLower(d, v[1], v[0]);
    v[1] = hn::ConcatUpperUpper(d, v[1], v[0]);
    v[0] = low;
  }
  if constexpr (kBlocks<T> == 4) {
    const auto low_02 = hn::ConcatLowerLower(d, v[2], v[0]), low_13 = hn::ConcatLowerLower(d, v[3], v[1]);
    const auto high_02 = hn::ConcatUpperUpper(d, v[2], v[0]), high_13 = hn::ConcatUpperUpper(d, v[3], v[1]);
    v[0] = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(low_13), low_02);
    v[1] = hn::OddEvenBlocks(low_13, hn::SwapAdjacentBlocks(low_02));
    v[2] = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(high_13), high_02);
    v[3] = hn::OddEvenBlocks(high_13, hn::SwapAdjacentBlocks(high_02));
  }
}

/// rows[p][j] = columns[j][p] for as many components as there are points: one store a point.
template <class T>
HWY_INLINE void store_square(const T* HWY_RESTRICT columns, T* HWY_RESTRICT rows, std::int64_t row) {
  const Lanes<T> d;
  Vector<T> v[kBlock<T>]
             [kBlocks<T>];  // [j][g]: after the first loop, components of block g of points j, j + kBlock, ...
#pragma GCC unroll 4
  for (std::int64_t g = 0; g < kBlocks<T>; ++g) {
    Vector<T> block[kBlock<T>];
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kBlock<T>; ++j) block[j] = hn::Load(d, columns + (g * kBlock<T> + j) * kLanes<T>);
    transpose_blocks(block);
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kBlock<T>; ++j) v[j][g] = block[j];
  }
#pragma GCC unroll 4
  for (std::int64_t j = 0; j < kBlock<T>; ++j) {
    transpose_of_blocks<T>(v[j]);
#pragma GCC unroll 4
    for (std::int64_t g = 0; g < kBlocks<T>; ++g) hn::StoreU(v[j][g], d, rows + (g * kBlock<T> + j) * row);
  }
}

/// rows[p][m] = columns[m][p] for `size` components, at least one block, of a full vector of points.
template <class T>
HWY_INLINE void store_rows(const T* HWY_RESTRICT columns, std::int64_t size, T* HWY_RESTRICT rows, std::int64_t row) {
  const Lanes<T> d;
  std::int64_t first = 0;
  for (; first + kLanes<T> <= size; first += kLanes<T>) store_square(columns + first * kLanes<T>, rows + first, row);
  for (; first < size; first += kBlock<T>) {
    const std::int64_t m = std::min(first, size - kBlock<T>);  // the last block overlaps the one before
    Vector<T> v[kBlock<T>];
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kBlock<T>; ++j) v[j] = hn::Load(d, columns + (m + j) * kLanes<T>);
    store_block<T>(v, rows + m, row);
  }
}

/// columns[m][p] = rows[p][m]
template <class T>
HWY_INLINE void load_rows(const T* HWY_RESTRICT rows, std::int64_t row, std::int64_t size, T* HWY_RESTRICT columns) {
  const Lanes<T> d;
  for (std::int64_t first = 0; first < size; first += kBlock<T>) {
    const std::int64_t m = std::min(first, size - kBlock<T>);
    Vector<T> v[kBlock<T>];
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kBlock<T>; ++j) v[j] = load_blocks(d, rows + j * row + m, row);
    transpose_blocks(v);
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kBlock<T>; ++j) hn::Store(v[j], d, columns + (m + j) * kLanes<T>);
  }
}

#endif

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
