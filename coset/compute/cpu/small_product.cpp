#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/cpu/small_product.cpp"
#include "coset/compute/cpu/simd_begin.inc"

#include "coset/compute/cpu/small_product.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute {
namespace HWY_NAMESPACE {
namespace {

/// Four rows of `out`, two vectors wide: eight accumulators in registers.
template <class D, class T = hn::TFromD<D>>
HWY_INLINE void four_rows_two_vectors(D d, std::int64_t inner, std::int64_t columns, const T* HWY_RESTRICT a,
                                      std::int64_t stride, const T* HWY_RESTRICT b, T* HWY_RESTRICT out,
                                      bool accumulate) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto start = [&](std::int64_t row, std::int64_t v)
                         HWY_ATTR { return accumulate ? hn::LoadU(d, out + row * columns + v * lanes) : hn::Zero(d); };
  auto s00 = start(0, 0), s01 = start(0, 1), s10 = start(1, 0), s11 = start(1, 1);
  auto s20 = start(2, 0), s21 = start(2, 1), s30 = start(3, 0), s31 = start(3, 1);
  for (std::int64_t k = 0; k < inner; ++k) {
    const auto b0 = hn::LoadU(d, b + k * columns), b1 = hn::LoadU(d, b + k * columns + lanes);
    const auto a0 = hn::Set(d, a[k]), a1 = hn::Set(d, a[stride + k]);
    const auto a2 = hn::Set(d, a[2 * stride + k]), a3 = hn::Set(d, a[3 * stride + k]);
    s00 = hn::MulAdd(a0, b0, s00), s01 = hn::MulAdd(a0, b1, s01);
    s10 = hn::MulAdd(a1, b0, s10), s11 = hn::MulAdd(a1, b1, s11);
    s20 = hn::MulAdd(a2, b0, s20), s21 = hn::MulAdd(a2, b1, s21);
    s30 = hn::MulAdd(a3, b0, s30), s31 = hn::MulAdd(a3, b1, s31);
  }
  hn::StoreU(s00, d, out), hn::StoreU(s01, d, out + lanes);
  hn::StoreU(s10, d, out + columns), hn::StoreU(s11, d, out + columns + lanes);
  hn::StoreU(s20, d, out + 2 * columns), hn::StoreU(s21, d, out + 2 * columns + lanes);
  hn::StoreU(s30, d, out + 3 * columns), hn::StoreU(s31, d, out + 3 * columns + lanes);
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE void four_rows(D d, std::int64_t inner, std::int64_t columns, const T* HWY_RESTRICT a, std::int64_t stride,
                          const T* HWY_RESTRICT b, T* HWY_RESTRICT out, bool accumulate) {
  const auto start = [&](std::int64_t row)
                         HWY_ATTR { return accumulate ? hn::LoadU(d, out + row * columns) : hn::Zero(d); };
  auto s0 = start(0), s1 = start(1), s2 = start(2), s3 = start(3);
  for (std::int64_t k = 0; k < inner; ++k) {
    const auto row = hn::LoadU(d, b + k * columns);
    s0 = hn::MulAdd(hn::Set(d, a[k]), row, s0);
    s1 = hn::MulAdd(hn::Set(d, a[stride + k]), row, s1);
    s2 = hn::MulAdd(hn::Set(d, a[2 * stride + k]), row, s2);
    s3 = hn::MulAdd(hn::Set(d, a[3 * stride + k]), row, s3);
  }
  hn::StoreU(s0, d, out), hn::StoreU(s1, d, out + columns);
  hn::StoreU(s2, d, out + 2 * columns), hn::StoreU(s3, d, out + 3 * columns);
}

template <class D, class T = hn::TFromD<D>>
HWY_INLINE void one_row(D d, std::int64_t inner, std::int64_t columns, const T* HWY_RESTRICT a, const T* HWY_RESTRICT b,
                        T* HWY_RESTRICT out, bool accumulate) {
  auto sum = accumulate ? hn::LoadU(d, out) : hn::Zero(d);
  for (std::int64_t k = 0; k < inner; ++k) sum = hn::MulAdd(hn::Set(d, a[k]), hn::LoadU(d, b + k * columns), sum);
  hn::StoreU(sum, d, out);
}

template <class T>
void product(std::int64_t rows, std::int64_t inner, std::int64_t columns, const T* a, std::int64_t stride, const T* b,
             T* out, bool accumulate) {
  const hn::CappedTag<T, static_cast<std::size_t>(kLanes<T>)> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    std::int64_t c = 0;
    for (; c + 2 * lanes <= columns; c += 2 * lanes)
      four_rows_two_vectors(d, inner, columns, a + i * stride, stride, b + c, out + i * columns + c, accumulate);
    for (; c < columns; c += lanes)
      four_rows(d, inner, columns, a + i * stride, stride, b + c, out + i * columns + c, accumulate);
  }
  for (; i < rows; ++i)
    for (std::int64_t c = 0; c < columns; c += lanes)
      one_row(d, inner, columns, a + i * stride, b + c, out + i * columns + c, accumulate);
}

void product_float(std::int64_t rows, std::int64_t inner, std::int64_t columns, const float* a, std::int64_t stride,
                   const float* b, float* out, bool accumulate) {
  product(rows, inner, columns, a, stride, b, out, accumulate);
}
void product_double(std::int64_t rows, std::int64_t inner, std::int64_t columns, const double* a, std::int64_t stride,
                    const double* b, double* out, bool accumulate) {
  product(rows, inner, columns, a, stride, b, out, accumulate);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace coset::compute
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace coset::compute {

HWY_EXPORT(product_float);
HWY_EXPORT(product_double);

void small_product(std::int64_t rows, std::int64_t inner, std::int64_t columns, const float* a, std::int64_t stride,
                   const float* b, float* out, bool accumulate) {
  HWY_DYNAMIC_DISPATCH(product_float)(rows, inner, columns, a, stride, b, out, accumulate);
}
void small_product(std::int64_t rows, std::int64_t inner, std::int64_t columns, const double* a, std::int64_t stride,
                   const double* b, double* out, bool accumulate) {
  HWY_DYNAMIC_DISPATCH(product_double)(rows, inner, columns, a, stride, b, out, accumulate);
}

}  // namespace coset::compute
#endif
