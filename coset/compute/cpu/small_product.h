/// Products of small dense matrices that stay in the first-level cache, for the kernels of this room.
#pragma once

#include <cstdint>

namespace coset::compute {

/// Numbers in one 64-byte vector; columns are padded to whole vectors.
template <class T>
inline constexpr std::int64_t kLanes = 64 / static_cast<std::int64_t>(sizeof(T));

/// out[i, :] (+)= sum_k a[i * stride + k] b[k, :]
/// @param columns  a multiple of kLanes<T>; rows of b and out have that many entries, back to back
void small_product(std::int64_t rows, std::int64_t inner, std::int64_t columns, const float* a, std::int64_t stride,
                   const float* b, float* out, bool accumulate);
void small_product(std::int64_t rows, std::int64_t inner, std::int64_t columns, const double* a, std::int64_t stride,
                   const double* b, double* out, bool accumulate);

}  // namespace coset::compute
