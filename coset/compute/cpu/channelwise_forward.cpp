// Values of the channel-wise convolution, first and second order: per receiver, path and channel chunk, the sum over
// edges stays in registers.
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/cpu/channelwise_forward.cpp"
#include "coset/compute/cpu/simd_begin.inc"

#include <hwy/cache_control.h>

#include "coset/compute/cpu/channelwise_kernels.h"
#include "coset/compute/cpu/channelwise_lanes.h"
#include "coset/compute/cpu/channelwise_pattern.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

/// sum[k] += w M[k, i] x[i] of one edge; multiplies with w on the side that has fewer components.
template <class T, int l1, int l2, int l3, int kVectors, class D, class V>
HWY_INLINE void add_edge(D d, const T* HWY_RESTRICT x, std::int64_t component, const V (&w)[kVectors],
                         const T* HWY_RESTRICT m, V (&sum)[2 * l3 + 1][kVectors]) {
  constexpr int kIn = 2 * l1 + 1;
  constexpr int kOut = 2 * l3 + 1;
  constexpr int kLanes = hn::MaxLanes(D());
  constexpr bool kScaleInput = l1 < l3;
  V value[kIn][kVectors];
#pragma GCC unroll 7
  for (int i = 0; i < kIn; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) {
      value[i][j] = hn::LoadU(d, x + i * component + j * kLanes);
      if (kScaleInput) value[i][j] = hn::Mul(value[i][j], w[j]);
    }
#pragma GCC unroll 7
  for (int k = 0; k < kOut; ++k) {
    V part[kVectors];
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) part[j] = kScaleInput ? sum[k][j] : hn::Zero(d);
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i) {
      constexpr auto& kPairs = kPairTable<l1, l2, l3>;
      if (kPairs.number[k][i] < 0) continue;
      const V factor = hn::Set(d, m[kPairs.number[k][i] * kPairColumns]);
#pragma GCC unroll 2
      for (int j = 0; j < kVectors; ++j) part[j] = hn::MulAdd(factor, value[i][j], part[j]);
    }
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) sum[k][j] = kScaleInput ? part[j] : hn::MulAdd(w[j], part[j], sum[k][j]);
  }
}

/// sum[k] += M[k, i] (w hx[i] + hw x[i]) + H[k, i] w x[i] of one edge, H the M of hy; one vector, for its operands are
/// twice as many.
template <class T, int l1, int l2, int l3, bool kWhole, class D, class V>
HWY_INLINE void add_edge_second(D d, const ChannelwisePath& path, const ChannelwiseForward<T>& a, std::int64_t e,
                                std::int64_t u, V (&sum)[2 * l3 + 1][1]) {
  constexpr int kIn = 2 * l1 + 1;
  const std::int64_t left = path.channels - u;
  const std::int64_t w_place = e * a.w_row + path.w_offset + u;
  const std::int64_t x_place = a.sender[e] * a.x_row + path.x_offset + u;
  const T* HWY_RESTRICT m = a.m + e + path.first_pair * kPairColumns;
  const T* HWY_RESTRICT hm = a.h.m + e + path.first_pair * kPairColumns;
  const V w = kWhole ? hn::LoadU(d, a.w + w_place) : load_first(d, a.w + w_place, left);
  const V hw = kWhole ? hn::LoadU(d, a.h.w + w_place) : load_first(d, a.h.w + w_place, left);
  V value[kIn];
  V change[kIn];
#pragma GCC unroll 7
  for (int i = 0; i < kIn; ++i) {
    const V x = hn::LoadU(d, a.x + x_place + i * path.x_component);
    value[i] = hn::Mul(w, x);
    change[i] = hn::MulAdd(w, hn::LoadU(d, a.h.x + x_place + i * path.x_component), hn::Mul(hw, x));
  }
#pragma GCC unroll 7
  for (int k = 0; k < 2 * l3 + 1; ++k)
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i) {
      constexpr auto& kPairs = kPairTable<l1, l2, l3>;
      if (kPairs.number[k][i] < 0) continue;
      const std::int64_t pair = kPairs.number[k][i] * kPairColumns;
      sum[k][0] = hn::MulAdd(hn::Set(d, m[pair]), change[i], sum[k][0]);
      sum[k][0] = hn::MulAdd(hn::Set(d, hm[pair]), value[i], sum[k][0]);
    }
}

template <class T, int l1, int l2, int l3, int kVectors, bool kWhole, bool kSecond>
HWY_INLINE void chunk(const ChannelwisePath& path, const ChannelwiseForward<T>& a, std::int64_t u) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kOut = 2 * l3 + 1;
  constexpr int kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  T* z = a.z + path.z_offset + u;
  V sum[kOut][kVectors];
#pragma GCC unroll 7
  for (int k = 0; k < kOut; ++k)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j)
      sum[k][j] = a.accumulate ? hn::LoadU(d, z + k * path.z_component + j * kLanes) : hn::Zero(d);
  const T* w = a.w + path.w_offset + u;
  const T* m = a.m + path.first_pair * kPairColumns;
  for (std::int64_t e = 0; e < a.edges; ++e, w += a.w_row, ++m) {
    if constexpr (kSecond) {
      add_edge_second<T, l1, l2, l3, kWhole>(d, path, a, e, u, sum);
      continue;
    }
    V weight[kVectors];
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j)
      weight[j] = kWhole ? hn::LoadU(d, w + j * kLanes) : load_first(d, w + j * kLanes, path.channels - u);
      // The rows of w lie far apart: fetch what the chunk after the next will want from each.
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) hwy::Prefetch(w + (2 * kVectors + j) * kLanes);
    add_edge<T, l1, l2, l3, kVectors>(d, a.x + a.sender[e] * a.x_row + path.x_offset + u, path.x_component, weight, m,
                                      sum);
  }
#pragma GCC unroll 7
  for (int k = 0; k < kOut; ++k)
#pragma GCC unroll 2
    for (int j = 0; j < kVectors; ++j) hn::StoreU(sum[k][j], d, z + k * path.z_component + j * kLanes);
}

template <class T, int l1, int l2, int l3>
void forward_path(const ChannelwisePath& path, const ChannelwiseForward<T>& a) {
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  std::int64_t u = 0;
  if (a.h.x) {
    for (; u + kLanes <= path.channels; u += kLanes) chunk<T, l1, l2, l3, 1, true, true>(path, a, u);
    if (u < path.channels) chunk<T, l1, l2, l3, 1, false, true>(path, a, u);
    return;
  }
  for (; u + 2 * kLanes <= path.channels; u += 2 * kLanes) chunk<T, l1, l2, l3, 2, true, false>(path, a, u);
  for (; u + kLanes <= path.channels; u += kLanes) chunk<T, l1, l2, l3, 1, true, false>(path, a, u);
  if (u < path.channels) chunk<T, l1, l2, l3, 1, false, false>(path, a, u);
}

/// Any degree: the sums of one chunk lie in memory.
template <class T>
void forward_generic(const ChannelwisePath& path, const ChannelwiseForward<T>& a) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  if (!a.accumulate)
    for (std::int64_t k = 0; k < 2 * path.l3 + 1; ++k)
      for (std::int64_t u = 0; u < path.channels; u += lanes)
        hn::StoreU(hn::Zero(d), d, a.z + path.z_offset + k * path.z_component + u);
  for (std::int64_t e = 0; e < a.edges; ++e)
    for (std::int64_t u = 0; u < path.channels; u += lanes) {
      const std::int64_t w_place = e * a.w_row + path.w_offset + u;
      const auto w = load_first(d, a.w + w_place, path.channels - u);
      const auto hw = a.h.w ? load_first(d, a.h.w + w_place, path.channels - u) : hn::Zero(d);
      std::int64_t pair_place = path.first_pair * kPairColumns + e;
      T* z = a.z + path.z_offset + u;
      for (const ChannelwisePair& pair : path.pairs) {
        const std::int64_t x_place = a.sender[e] * a.x_row + path.x_offset + u + pair.i * path.x_component;
        const auto x = hn::LoadU(d, a.x + x_place);
        const auto value = hn::Mul(w, x);
        auto term = hn::Mul(hn::Set(d, a.m[pair_place]), value);
        if (a.h.x) {
          const auto change = hn::MulAdd(w, hn::LoadU(d, a.h.x + x_place), hn::Mul(hw, x));
          term = hn::MulAdd(hn::Set(d, a.m[pair_place]), change, hn::Mul(hn::Set(d, a.h.m[pair_place]), value));
        }
        T* to = z + pair.k * path.z_component;
        hn::StoreU(hn::Add(hn::LoadU(d, to), term), d, to);
        pair_place += kPairColumns;
      }
    }
}

template <class T>
void forward(const ChannelwisePath& path, const ChannelwiseForward<T>& a) {
  COSET_CHANNELWISE_DISPATCH(forward_path, forward_generic)
}

template <class T>
void fill(ChannelwiseKernels<T>& table) {
  table.forward = forward<T>;
}

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE

#define COSET_SIMD_EXPORT fill_channelwise_forward, ChannelwiseKernels
#include "coset/compute/cpu/simd_export.inc"
