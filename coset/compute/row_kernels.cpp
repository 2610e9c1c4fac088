// Contractions, dot products and layout changes over the channels of rows.
#include <algorithm>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/row_kernels.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "coset/compute/row_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// kVectors vectors of one output.
template <class T, int kVectors>
HWY_INLINE void contract_one(const ContractionEntry* entry, const ContractionEntry* end, const T* HWY_RESTRICT m,
                             const T* HWY_RESTRICT in, T* HWY_RESTRICT out, bool accumulate) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  V sum[kVectors];
#pragma GCC unroll 4
  for (int j = 0; j < kVectors; ++j) sum[j] = accumulate ? hn::LoadU(d, out + j * kLanes) : hn::Zero(d);
  for (; entry < end; ++entry) {
    const V factor = hn::Set(d, m[entry->pair]);
    const T* HWY_RESTRICT from = in + entry->from;
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) sum[j] = hn::MulAdd(factor, hn::LoadU(d, from + j * kLanes), sum[j]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < kVectors; ++j) hn::StoreU(sum[j], d, out + j * kLanes);
}

template <class T>
void contract(const Contraction& program, std::int64_t rows, const T* m, std::int64_t m_row, const T* in,
              std::int64_t in_row, T* out, std::int64_t out_row, bool accumulate) {
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  for (std::int64_t r = 0; r < rows; ++r, m += m_row, in += in_row, out += out_row)
    for (const ContractionOutput& o : program.outputs) {
      const ContractionEntry* begin = program.entries.data() + o.begin;
      const ContractionEntry* end = program.entries.data() + o.end;
      T* to = out + o.offset;
      std::int64_t u = 0;
      for (; u + 3 * kLanes < o.channels; u += 4 * kLanes)
        contract_one<T, 4>(begin, end, m, in + u, to + u, accumulate);
      const std::int64_t left = o.channels - u;
      if (left > 2 * kLanes)
        contract_one<T, 3>(begin, end, m, in + u, to + u, accumulate);
      else if (left > kLanes)
        contract_one<T, 2>(begin, end, m, in + u, to + u, accumulate);
      else if (left > 0)
        contract_one<T, 1>(begin, end, m, in + u, to + u, accumulate);
    }
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

void fill_rows_f32(RowKernels<float>& table) {
  fill(table);
}
void fill_rows_f64(RowKernels<double>& table) {
  fill(table);
}

}  // namespace coset::compute::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace coset::compute {

HWY_EXPORT(fill_rows_f32);
HWY_EXPORT(fill_rows_f64);

void fill_rows(RowKernels<float>& table) {
  HWY_DYNAMIC_DISPATCH(fill_rows_f32)(table);
}
void fill_rows(RowKernels<double>& table) {
  HWY_DYNAMIC_DISPATCH(fill_rows_f64)(table);
}

}  // namespace coset::compute
#endif
