#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/cpu/pair_columns.cpp"
#include "coset/compute/cpu/simd_begin.inc"

#include <algorithm>

#include "coset/compute/cpu/pair_columns.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

template <class T>
void columns(const std::vector<PairTriple>& triples, std::int64_t pairs, std::int64_t rows, const T* y,
             std::int64_t y_row, const std::int64_t* index, T* m) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  HWY_ALIGN T transposed[kMostAttributes * kLanes];
  for (std::int64_t r = 0; r < rows; r += kLanes) {
    const std::int64_t count = std::min<std::int64_t>(kLanes, rows - r);
    for (std::int64_t lane = 0; lane < count; ++lane) {
      const T* row = y + (index ? index[r + lane] : r + lane) * y_row;
      for (std::int64_t j = 0; j < y_row; ++j) transposed[j * kLanes + lane] = row[j];
    }
    std::size_t t = 0;
    for (std::int64_t p = 0; p < pairs; ++p) {
      auto sum = hn::Zero(d);
      for (; t < triples.size() && triples[t].pair == p; ++t)
        sum = hn::MulAdd(hn::Set(d, static_cast<T>(triples[t].value)),
                         hn::Load(d, transposed + triples[t].column * kLanes), sum);
      hn::StoreU(sum, d, m + p * kPairColumns + r);
    }
  }
}

void columns_f32(const std::vector<PairTriple>& triples, std::int64_t pairs, std::int64_t rows, const float* y,
                 std::int64_t y_row, const std::int64_t* index, float* m) {
  columns(triples, pairs, rows, y, y_row, index, m);
}
void columns_f64(const std::vector<PairTriple>& triples, std::int64_t pairs, std::int64_t rows, const double* y,
                 std::int64_t y_row, const std::int64_t* index, double* m) {
  columns(triples, pairs, rows, y, y_row, index, m);
}

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace coset::compute {

HWY_EXPORT(columns_f32);
HWY_EXPORT(columns_f64);

template <>
void pair_columns(const std::vector<PairTriple>& triples, std::int64_t pairs, std::int64_t rows, const float* y,
                  std::int64_t y_row, const std::int64_t* index, float* m) {
  HWY_DYNAMIC_DISPATCH(columns_f32)(triples, pairs, rows, y, y_row, index, m);
}
template <>
void pair_columns(const std::vector<PairTriple>& triples, std::int64_t pairs, std::int64_t rows, const double* y,
                  std::int64_t y_row, const std::int64_t* index, double* m) {
  HWY_DYNAMIC_DISPATCH(columns_f64)(triples, pairs, rows, y, y_row, index, m);
}

}  // namespace coset::compute
#endif
