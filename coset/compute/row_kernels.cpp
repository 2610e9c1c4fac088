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

/// kVectors vectors of channels of one output component.
template <class T, int kVectors>
HWY_INLINE void contract_one(const Contraction& pattern, std::int32_t begin, std::int32_t end, const T* m, const T* in,
                             std::int64_t in_component, T* out, bool accumulate) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  V sum[kVectors];
#pragma GCC unroll 4
  for (int j = 0; j < kVectors; ++j) sum[j] = accumulate ? hn::LoadU(d, out + j * kLanes) : hn::Zero(d);
  for (std::int32_t p = begin; p < end; ++p) {
    const auto entry = static_cast<std::size_t>(p);
    const V factor = hn::Set(d, m[pattern.pair[entry]]);
    const T* from = in + pattern.from[entry] * in_component;
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) sum[j] = hn::MulAdd(factor, hn::LoadU(d, from + j * kLanes), sum[j]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < kVectors; ++j) hn::StoreU(sum[j], d, out + j * kLanes);
}

template <class T>
void contract(const Contraction& pattern, std::int64_t rows, std::int64_t channels, const T* m, std::int64_t m_row,
              RowView<const T> in, RowView<T> out, bool accumulate) {
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  const std::int64_t outputs = pattern.outputs();
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t a = 0; a < outputs; ++a) {
      const std::int32_t begin = pattern.start[static_cast<std::size_t>(a)];
      const std::int32_t end = pattern.start[static_cast<std::size_t>(a) + 1];
      const T* from = in.data + r * in.row;
      T* to = out.data + r * out.row + a * out.component;
      std::int64_t u = 0;
      for (; u + 3 * kLanes < channels; u += 4 * kLanes)
        contract_one<T, 4>(pattern, begin, end, m + r * m_row, from + u, in.component, to + u, accumulate);
      if (u + kLanes < channels) {
        contract_one<T, 2>(pattern, begin, end, m + r * m_row, from + u, in.component, to + u, accumulate);
        u += 2 * kLanes;
      }
      if (u < channels)
        contract_one<T, 1>(pattern, begin, end, m + r * m_row, from + u, in.component, to + u, accumulate);
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
void pair_dots(const Contraction& pattern, std::int64_t rows, std::int64_t channels, RowView<const T> a,
               RowView<const T> b, T* gm, std::int64_t m_row) {
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t k = 0; k < pattern.outputs(); ++k) {
      const T* left = a.data + r * a.row + k * a.component;
      for (auto p = static_cast<std::size_t>(pattern.start[static_cast<std::size_t>(k)]);
           p < static_cast<std::size_t>(pattern.start[static_cast<std::size_t>(k) + 1]); ++p)
        gm[r * m_row + pattern.pair[p]] += dot(left, b.data + r * b.row + pattern.from[p] * b.component, channels);
    }
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
