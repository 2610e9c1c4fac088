// Contractions, dot products and layout changes over the channels of rows.
#include <algorithm>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/cpu/row_kernels.cpp"
#include "coset/compute/cpu/simd_begin.inc"

#include "coset/compute/cpu/pair_columns.h"
#include "coset/compute/cpu/row_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

/// Rows that share the walk through a program; their sums fill half the registers.
constexpr int kTogether = HWY_TARGET <= HWY_AVX3 ? 4 : 2;

/// An output of kRows rows: kVectors vectors, and half a vector more with kHalf.
template <class T, int kRows, int kVectors, bool kHalf>
HWY_INLINE void contract_some(const ContractionEntry* entry, const ContractionEntry* end, const T* m, const T* in,
                              std::int64_t in_row, T* out, std::int64_t out_row, bool accumulate) {
  const hn::ScalableTag<T> d;
  const hn::Half<decltype(d)> dh;
  constexpr int kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  hn::Vec<decltype(d)> sum[kRows][kVectors + 1];
  hn::Vec<decltype(dh)> half[kRows];
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
    const T* from = out + r * out_row;
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) sum[r][j] = accumulate ? hn::LoadU(d, from + j * kLanes) : hn::Zero(d);
    if constexpr (kHalf) half[r] = accumulate ? hn::LoadU(dh, from + kVectors * kLanes) : hn::Zero(dh);
  }
  for (; entry < end; ++entry) {
    const T* HWY_RESTRICT factors = m + entry->pair * kPairColumns;
    const T* HWY_RESTRICT from = in + entry->from;
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r, from += in_row) {
      const auto factor = hn::Set(d, factors[r]);
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) sum[r][j] = hn::MulAdd(factor, hn::LoadU(d, from + j * kLanes), sum[r][j]);
      if constexpr (kHalf)
        half[r] = hn::MulAdd(hn::LowerHalf(dh, factor), hn::LoadU(dh, from + kVectors * kLanes), half[r]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
    T* to = out + r * out_row;
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) hn::StoreU(sum[r][j], d, to + j * kLanes);
    if constexpr (kHalf) hn::StoreU(half[r], dh, to + kVectors * kLanes);
  }
}

/// One output of kRows rows.
template <class T, int kRows>
HWY_INLINE void contract_output(const ContractionOutput& o, const ContractionEntry* entries, const T* m, const T* in,
                                std::int64_t in_row, T* out, std::int64_t out_row, bool accumulate) {
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  constexpr bool kHalves = kLanes * sizeof(T) == 64;  // narrower vectors cost what their halves cost
  const ContractionEntry* begin = entries + o.begin;
  const ContractionEntry* end = entries + o.end;
  std::int64_t left = o.channels;
  out += o.offset;
  for (; left >= 4 * kLanes; left -= 4 * kLanes, in += 4 * kLanes, out += 4 * kLanes)
    contract_some<T, kRows, 4, false>(begin, end, m, in, in_row, out, out_row, accumulate);
  const std::int64_t rest = left % kLanes;
  const bool half = kHalves && rest > 0 && rest <= kLanes / 2;
  switch (2 * (left / kLanes + (rest > 0 && !half ? 1 : 0)) + (half ? 1 : 0)) {
    case 1:
      return contract_some<T, kRows, 0, kHalves>(begin, end, m, in, in_row, out, out_row, accumulate);
    case 2:
      return contract_some<T, kRows, 1, false>(begin, end, m, in, in_row, out, out_row, accumulate);
    case 3:
      return contract_some<T, kRows, 1, kHalves>(begin, end, m, in, in_row, out, out_row, accumulate);
    case 4:
      return contract_some<T, kRows, 2, false>(begin, end, m, in, in_row, out, out_row, accumulate);
    case 5:
      return contract_some<T, kRows, 2, kHalves>(begin, end, m, in, in_row, out, out_row, accumulate);
    case 6:
      return contract_some<T, kRows, 3, false>(begin, end, m, in, in_row, out, out_row, accumulate);
    case 7:
      return contract_some<T, kRows, 3, kHalves>(begin, end, m, in, in_row, out, out_row, accumulate);
    case 8:
      return contract_some<T, kRows, 4, false>(begin, end, m, in, in_row, out, out_row, accumulate);
    default:
      return;
  }
}

/// All outputs of kRows rows.
template <class T, int kRows>
void contract_rows(const Contraction& program, const T* m, const T* in, std::int64_t in_row, T* out,
                   std::int64_t out_row, bool accumulate) {
  for (const ContractionOutput& o : program.outputs)
    contract_output<T, kRows>(o, program.entries.data(), m, in, in_row, out, out_row, accumulate);
}

template <class T>
void contract(const Contraction& program, std::int64_t rows, const T* m, const T* in, std::int64_t in_row, T* out,
              std::int64_t out_row, bool accumulate) {
  std::int64_t r = 0;
  for (; r + kTogether <= rows; r += kTogether)
    contract_rows<T, kTogether>(program, m + r, in + r * in_row, in_row, out + r * out_row, out_row, accumulate);
  for (; r < rows; ++r)
    contract_rows<T, 1>(program, m + r, in + r * in_row, in_row, out + r * out_row, out_row, accumulate);
}

template <class T>
HWY_INLINE T dot(const T* HWY_RESTRICT a, const T* HWY_RESTRICT b, std::int64_t count) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto sum = hn::Zero(d);
  std::int64_t u = 0;
  for (; u + lanes <= count; u += lanes) sum = hn::MulAdd(hn::LoadU(d, a + u), hn::LoadU(d, b + u), sum);
  if (u < count) {
    const auto inside = hn::FirstN(d, static_cast<std::size_t>(count - u));
    const auto product = hn::Mul(hn::LoadU(d, a + u), hn::LoadU(d, b + u));
    sum = hn::Add(sum, hn::IfThenElseZero(inside, product));
  }
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

template <class T>
void pair_dots(const std::vector<PairDot>& dots, std::int64_t rows, const T* a, std::int64_t a_row, const T* b,
               std::int64_t b_row, T* gm, std::int64_t m_row) {
  for (std::int64_t r = 0; r < rows; ++r, a += a_row, b += b_row, gm += m_row)
    for (const PairDot& p : dots) gm[p.pair] += dot(a + p.in_a, b + p.in_b, static_cast<std::int64_t>(p.channels));
}

template <class T>
void add_gathered(std::int64_t rows, std::int64_t width, const T* a, const std::int64_t* ia, const T* b,
                  const std::int64_t* ib, T* out) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* HWY_RESTRICT left = a + ia[r] * width;
    const T* HWY_RESTRICT right = b + ib[r] * width;
    T* HWY_RESTRICT to = out + r * width;
    for (std::int64_t u = 0; u < width; u += lanes)
      hn::StoreU(hn::Add(hn::LoadU(d, left + u), hn::LoadU(d, right + u)), d, to + u);
  }
}

template <class T>
void add(std::int64_t width, const T* HWY_RESTRICT from, T* HWY_RESTRICT to) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t u = 0;
  for (; u + lanes <= width; u += lanes) hn::StoreU(hn::Add(hn::LoadU(d, to + u), hn::LoadU(d, from + u)), d, to + u);
  for (; u < width; ++u) to[u] += from[u];
}

/// Vectors, the commonest block: three interleaved components.
template <class T>
HWY_INLINE std::int64_t load_vectors(std::int64_t mul, const T* from, T* to, std::int64_t component) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t u = 0;
  for (; u + lanes <= mul; u += lanes) {
    hn::Vec<decltype(d)> v0, v1, v2;
    hn::LoadInterleaved3(d, from + 3 * u, v0, v1, v2);
    hn::StoreU(v0, d, to + u);
    hn::StoreU(v1, d, to + component + u);
    hn::StoreU(v2, d, to + 2 * component + u);
  }
  return u;
}

template <class T>
HWY_INLINE std::int64_t store_vectors(std::int64_t mul, const T* from, std::int64_t component, T* to) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t u = 0;
  for (; u + lanes <= mul; u += lanes)
    hn::StoreInterleaved3(hn::LoadU(d, from + u), hn::LoadU(d, from + component + u),
                          hn::LoadU(d, from + 2 * component + u), d, to + 3 * u);
  return u;
}

template <class T>
void load_block(std::int64_t rows, std::int64_t mul, std::int64_t dim, const T* from, std::int64_t from_row,
                bool channels_inside, T* to, std::int64_t to_row, std::int64_t to_component) {
  for (std::int64_t r = 0; r < rows; ++r, from += from_row, to += to_row) {
    if (channels_inside || dim == 1) {
      for (std::int64_t k = 0; k < dim; ++k) std::copy_n(from + k * mul, mul, to + k * to_component);
      continue;
    }
    const std::int64_t done = dim == 3 ? load_vectors(mul, from, to, to_component) : 0;
    for (std::int64_t k = 0; k < dim; ++k)
      for (std::int64_t u = done; u < mul; ++u) to[k * to_component + u] = from[u * dim + k];
  }
}

template <class T>
void store_block(std::int64_t rows, std::int64_t mul, std::int64_t dim, const T* from, std::int64_t from_row,
                 std::int64_t from_component, bool channels_inside, T* to, std::int64_t to_row, bool accumulate) {
  const std::int64_t step_u = channels_inside ? 1 : dim;
  const std::int64_t step_k = channels_inside ? mul : 1;
  for (std::int64_t r = 0; r < rows; ++r, from += from_row, to += to_row) {
    if (accumulate) {
      for (std::int64_t k = 0; k < dim; ++k)
        for (std::int64_t u = 0; u < mul; ++u) to[u * step_u + k * step_k] += from[k * from_component + u];
      continue;
    }
    if (step_u == 1) {
      for (std::int64_t k = 0; k < dim; ++k) std::copy_n(from + k * from_component, mul, to + k * mul);
      continue;
    }
    const std::int64_t done = dim == 3 ? store_vectors(mul, from, from_component, to) : 0;
    for (std::int64_t k = 0; k < dim; ++k)
      for (std::int64_t u = done; u < mul; ++u) to[u * dim + k] = from[k * from_component + u];
  }
}

template <class T>
void fill(RowKernels<T>& table) {
  table.contract = contract<T>;
  table.pair_dots = pair_dots<T>;
  table.add_gathered = add_gathered<T>;
  table.add = add<T>;
  table.load_block = load_block<T>;
  table.store_block = store_block<T>;
}

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE

#define COSET_SIMD_EXPORT fill_rows, RowKernels
#include "coset/compute/cpu/simd_export.inc"
