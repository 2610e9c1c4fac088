// Sums and scalings along the columns of a few dense rows. The loops are plain: each compiles into vectors of its
// target.
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/cpu/column_kernels.cpp"
#include "coset/compute/cpu/simd_begin.inc"

#include "coset/compute/cpu/row_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

template <class T>
void sum_columns(std::int64_t rows, std::int64_t width, const T* HWY_RESTRICT a, const T* HWY_RESTRICT b,
                 T* HWY_RESTRICT z, T* HWY_RESTRICT sum) {
  for (std::int64_t r = 0; r < rows; ++r, a += width, z += width) {
    if (b)
      for (std::int64_t c = 0; c < width; ++c) z[c] = a[c] + b[c];
    else
      for (std::int64_t c = 0; c < width; ++c) z[c] = a[c];
    for (std::int64_t c = 0; c < width; ++c) sum[c] += z[c];
    if (b) b += width;
  }
}

template <class T>
void centred_squares(std::int64_t rows, std::int64_t width, const T* HWY_RESTRICT z, const T* HWY_RESTRICT mean,
                     T* HWY_RESTRICT squares) {
  for (std::int64_t r = 0; r < rows; ++r, z += width)
    for (std::int64_t c = 0; c < width; ++c) {
      const T centred = z[c] - mean[c];
      squares[c] += centred * centred;
    }
}

template <class T>
void scale_columns(std::int64_t rows, std::int64_t width, const T* HWY_RESTRICT mean, const T* HWY_RESTRICT scale,
                   const T* HWY_RESTRICT shift, T* HWY_RESTRICT z) {
  for (std::int64_t r = 0; r < rows; ++r, z += width)
    for (std::int64_t c = 0; c < width; ++c) z[c] = (z[c] - mean[c]) * scale[c] + shift[c];
}

template <class T>
void centred_dots(std::int64_t rows, std::int64_t width, const T* HWY_RESTRICT z, const T* HWY_RESTRICT mean,
                  const T* HWY_RESTRICT g, T* HWY_RESTRICT dots, T* HWY_RESTRICT sums) {
  for (std::int64_t r = 0; r < rows; ++r, z += width, g += width)
    for (std::int64_t c = 0; c < width; ++c) {
      dots[c] += (z[c] - mean[c]) * g[c];
      sums[c] += g[c];
    }
}

template <class T>
void combine_columns(std::int64_t rows, std::int64_t width, const T* HWY_RESTRICT mean, const T* HWY_RESTRICT along,
                     const T* HWY_RESTRICT g, const T* HWY_RESTRICT scale, const T* HWY_RESTRICT shift,
                     T* HWY_RESTRICT z) {
  for (std::int64_t r = 0; r < rows; ++r, z += width, g += width)
    for (std::int64_t c = 0; c < width; ++c) z[c] = (z[c] - mean[c]) * along[c] + g[c] * scale[c] + shift[c];
}

template <class T>
void fill(RowKernels<T>& table) {
  table.sum_columns = sum_columns<T>;
  table.centred_squares = centred_squares<T>;
  table.scale_columns = scale_columns<T>;
  table.centred_dots = centred_dots<T>;
  table.combine_columns = combine_columns<T>;
}

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE

#define COSET_SIMD_EXPORT fill_columns, RowKernels
#include "coset/compute/cpu/simd_export.inc"
