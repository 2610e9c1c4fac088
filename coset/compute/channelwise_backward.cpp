// Gradients of the channel-wise convolution, one edge and path at a time: with s[i] = sum_k M[k, i] gz[k],
//   gx[i] += w s[i],   gw = sum_i x[i] s[i],   gM[k, i] = sum over channels of w x[i] gz[k].
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/channelwise_backward.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "coset/compute/channelwise_kernels.h"
#include "coset/compute/channelwise_lanes.h"
#include "coset/compute/channelwise_pattern.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class T, int l1, int l2, int l3>
HWY_INLINE void backward_chunk(const ChannelwisePath& path, const ChannelwiseBackward<T>& a, std::int64_t u) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kIn = 2 * l1 + 1;
  constexpr int kOut = 2 * l3 + 1;
  const T* HWY_RESTRICT m = a.m + path.first_pair * kPairColumns;
  const T* HWY_RESTRICT gz = a.gz + path.z_offset + u;
  V s[kIn];
#pragma GCC unroll 7
  for (int i = 0; i < kIn; ++i) s[i] = hn::Zero(d);
#pragma GCC unroll 7
  for (int k = 0; k < kOut; ++k) {
    const V g = hn::LoadU(d, gz + k * path.z_component);
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i)
      if (kPairTable<l1, l2, l3>.number[k][i] >= 0)
        s[i] = hn::MulAdd(hn::Set(d, m[kPairTable<l1, l2, l3>.number[k][i] * kPairColumns]), g, s[i]);
  }
  if (a.gx) {
    const V w = load_first(d, a.w + path.w_offset + u, path.channels - u);
    T* HWY_RESTRICT gx = a.gx + path.x_offset + u;
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i)
      hn::StoreU(hn::MulAdd(w, s[i], hn::LoadU(d, gx + i * path.x_component)), d, gx + i * path.x_component);
  }
  if (a.gw) {
    const T* HWY_RESTRICT x = a.x + path.x_offset + u;
    T* gw = a.gw + path.w_offset + u;
    V sum = a.accumulate_w ? load_first(d, gw, path.channels - u) : hn::Zero(d);
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i) sum = hn::MulAdd(hn::LoadU(d, x + i * path.x_component), s[i], sum);
    store_first(sum, d, gw, path.channels - u);
  }
}

/// First channel of a slice.
template <class T>
HWY_INLINE std::int64_t slice_begin(const ChannelwisePath& path, const ChannelwiseBackward<T>& a, std::int64_t slice) {
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  if (a.slices == 1) return slice == 0 ? 0 : path.channels;  // a division costs as much as a small path
  return (path.channels + kLanes - 1) / kLanes * slice / a.slices * kLanes;
}

template <class T, int l1, int l2, int l3>
void backward_path(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  const std::int64_t end = slice_begin(path, a, a.slice + 1);
  for (std::int64_t u = slice_begin(path, a, a.slice); u < end; u += kLanes) backward_chunk<T, l1, l2, l3>(path, a, u);
}

/// Rows k of M from `first` on whose gradients fit into registers together.
constexpr int rows_together(int l1, int l2, int l3, int first) {
  int k = first;
  while (k < 2 * l3 + 1 && pair_number(l1, l2, l3, k, 2 * l1 + 1) - pair_number(l1, l2, l3, first, 0) <= 20) ++k;
  return k > first ? k : first + 1;
}

template <class T, int l1, int l2, int l3, int kFirst>
HWY_INLINE void backward_m_rows(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kIn = 2 * l1 + 1;
  constexpr int kEnd = rows_together(l1, l2, l3, kFirst);
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  V sum[kEnd - kFirst][kIn];
#pragma GCC unroll 7
  for (int k = kFirst; k < kEnd; ++k)
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i) sum[k - kFirst][i] = hn::Zero(d);
  for (std::int64_t u = 0; u < path.channels; u += kLanes) {
    const V w = load_first(d, a.w + path.w_offset + u, path.channels - u);
    const T* HWY_RESTRICT x = a.x + path.x_offset + u;
    const T* HWY_RESTRICT gz = a.gz + path.z_offset + u;
    V scaled[kIn];
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i) scaled[i] = hn::Mul(w, hn::LoadU(d, x + i * path.x_component));
#pragma GCC unroll 7
    for (int k = kFirst; k < kEnd; ++k) {
      const V g = hn::LoadU(d, gz + k * path.z_component);
#pragma GCC unroll 7
      for (int i = 0; i < kIn; ++i)
        if (kPairTable<l1, l2, l3>.number[k][i] >= 0) sum[k - kFirst][i] = hn::MulAdd(scaled[i], g, sum[k - kFirst][i]);
    }
  }
#pragma GCC unroll 7
  for (int k = kFirst; k < kEnd; ++k)
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i)
      if (kPairTable<l1, l2, l3>.number[k][i] >= 0)
        hn::StoreU(sum[k - kFirst][i], d, a.gm + (path.first_pair + kPairTable<l1, l2, l3>.number[k][i]) * kLanes);
  if constexpr (kEnd < 2 * l3 + 1) backward_m_rows<T, l1, l2, l3, kEnd>(path, a);
}

template <class T, int l1, int l2, int l3>
void backward_m_path(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  backward_m_rows<T, l1, l2, l3, 0>(path, a);
}

/// Do the sums of backward_whole fit into registers, all entries of M at once?
constexpr bool fits_registers(int l1, int l2, int l3) {
  constexpr int kRegisters = HWY_TARGET <= HWY_AVX3 ? 32 : 16;
  return pair_count(l1, l2, l3) + 2 * (2 * l1 + 1) + 3 <= kRegisters;
}

/// One vector of channels of all three gradients.
template <class T, int l1, int l2, int l3, bool kWhole, class V>
HWY_INLINE void whole_chunk(const ChannelwisePath& path, const ChannelwiseBackward<T>& a, std::int64_t u,
                            V (&gm)[2 * l3 + 1][2 * l1 + 1]) {
  const hn::ScalableTag<T> d;
  constexpr int kIn = 2 * l1 + 1;
  constexpr int kOut = 2 * l3 + 1;
  const T* HWY_RESTRICT m = a.m + path.first_pair * kPairColumns;
  const T* HWY_RESTRICT x = a.x + path.x_offset + u;
  const T* HWY_RESTRICT gz = a.gz + path.z_offset + u;
  const std::int64_t left = path.channels - u;
  const V w = kWhole ? hn::LoadU(d, a.w + path.w_offset + u) : load_first(d, a.w + path.w_offset + u, left);
  V s[kIn];
  V scaled[kIn];
#pragma GCC unroll 7
  for (int i = 0; i < kIn; ++i) {
    s[i] = hn::Zero(d);
    scaled[i] = hn::Mul(w, hn::LoadU(d, x + i * path.x_component));
  }
#pragma GCC unroll 7
  for (int k = 0; k < kOut; ++k) {
    const V g = hn::LoadU(d, gz + k * path.z_component);
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i)
      if (kPairTable<l1, l2, l3>.number[k][i] >= 0) {
        s[i] = hn::MulAdd(hn::Set(d, m[kPairTable<l1, l2, l3>.number[k][i] * kPairColumns]), g, s[i]);
        gm[k][i] = hn::MulAdd(scaled[i], g, gm[k][i]);
      }
  }
  if (a.gx) {
    T* HWY_RESTRICT gx = a.gx + path.x_offset + u;
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i)
      hn::StoreU(hn::MulAdd(w, s[i], hn::LoadU(d, gx + i * path.x_component)), d, gx + i * path.x_component);
  }
  if (a.gw) {
    T* gw = a.gw + path.w_offset + u;
    V sum = !a.accumulate_w ? hn::Zero(d) : kWhole ? hn::LoadU(d, gw) : load_first(d, gw, left);
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i) sum = hn::MulAdd(hn::LoadU(d, x + i * path.x_component), s[i], sum);
    if (kWhole)
      hn::StoreU(sum, d, gw);
    else
      store_first(sum, d, gw, left);
  }
}

/// All three gradients in one pass over the channels: operands are loaded once.
template <class T, int l1, int l2, int l3>
void backward_whole_path(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  if constexpr (!fits_registers(l1, l2, l3)) {
    backward_path<T, l1, l2, l3>(path, a);
    backward_m_path<T, l1, l2, l3>(path, a);
  } else {
    const hn::ScalableTag<T> d;
    constexpr int kIn = 2 * l1 + 1;
    constexpr int kOut = 2 * l3 + 1;
    constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
    hn::Vec<decltype(d)> gm[kOut][kIn];
#pragma GCC unroll 7
    for (int k = 0; k < kOut; ++k)
#pragma GCC unroll 7
      for (int i = 0; i < kIn; ++i) gm[k][i] = hn::Zero(d);
    std::int64_t u = 0;
    for (; u + kLanes <= path.channels; u += kLanes) whole_chunk<T, l1, l2, l3, true>(path, a, u, gm);
    if (u < path.channels) whole_chunk<T, l1, l2, l3, false>(path, a, u, gm);
#pragma GCC unroll 7
    for (int k = 0; k < kOut; ++k)
#pragma GCC unroll 7
      for (int i = 0; i < kIn; ++i)
        if (kPairTable<l1, l2, l3>.number[k][i] >= 0)
          hn::StoreU(gm[k][i], d, a.gm + (path.first_pair + kPairTable<l1, l2, l3>.number[k][i]) * kLanes);
  }
}

template <class T>
void backward_generic(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int64_t stop = slice_begin(path, a, a.slice + 1);
  for (std::int64_t u = slice_begin(path, a, a.slice); u < stop; u += lanes) {
    const auto w = a.gx ? load_first(d, a.w + path.w_offset + u, path.channels - u) : hn::Zero(d);
    T* gw = a.gw ? a.gw + path.w_offset + u : nullptr;
    auto sum = gw && a.accumulate_w ? load_first(d, gw, path.channels - u) : hn::Zero(d);
    const T* m = a.m + path.first_pair * kPairColumns;
    for (const ChannelwisePair& pair : path.pairs) {
      const auto s = hn::Mul(hn::Set(d, *m), hn::LoadU(d, a.gz + path.z_offset + pair.k * path.z_component + u));
      const std::int64_t at = path.x_offset + pair.i * path.x_component + u;
      if (a.gx) hn::StoreU(hn::MulAdd(w, s, hn::LoadU(d, a.gx + at)), d, a.gx + at);
      if (gw) sum = hn::MulAdd(hn::LoadU(d, a.x + at), s, sum);
      m += kPairColumns;
    }
    if (gw) store_first(sum, d, gw, path.channels - u);
  }
}

template <class T>
void backward_m_generic(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  T* gm = a.gm + path.first_pair * lanes;
  for (const ChannelwisePair& pair : path.pairs) {
    auto sum = hn::Zero(d);
    for (std::int64_t u = 0; u < path.channels; u += lanes) {
      const auto w = load_first(d, a.w + path.w_offset + u, path.channels - u);
      const auto x = hn::LoadU(d, a.x + path.x_offset + pair.i * path.x_component + u);
      sum = hn::MulAdd(hn::Mul(w, x), hn::LoadU(d, a.gz + path.z_offset + pair.k * path.z_component + u), sum);
    }
    hn::StoreU(sum, d, gm);
    gm += lanes;
  }
}

template <class T>
void backward(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  COSET_CHANNELWISE_DISPATCH(backward_path, backward_generic)
}

template <class T>
void backward_m(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  COSET_CHANNELWISE_DISPATCH(backward_m_path, backward_m_generic)
}

template <class T>
void backward_whole_generic(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  backward_generic<T>(path, a);
  backward_m_generic<T>(path, a);
}

template <class T>
void backward_whole(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  COSET_CHANNELWISE_DISPATCH(backward_whole_path, backward_whole_generic)
}

template <class T>
void reduce_y(const std::vector<PairTriple>& triples, std::int64_t y_row, const T* gm, T* gy, bool accumulate) {
  const hn::ScalableTag<T> d;
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  std::size_t t = 0;
  for (std::int64_t j = 0; j < y_row; ++j) {
    auto lanes = hn::Zero(d);
    for (; t < triples.size() && triples[t].column == j; ++t)
      lanes =
          hn::MulAdd(hn::Set(d, static_cast<T>(triples[t].value)), hn::LoadU(d, gm + triples[t].pair * kLanes), lanes);
    const T sum = hn::GetLane(hn::SumOfLanes(d, lanes));
    gy[j] = accumulate ? gy[j] + sum : sum;
  }
}

template <class T>
void fill(ChannelwiseKernels<T>& table) {
  table.lanes = hn::MaxLanes(hn::ScalableTag<T>());
  table.backward = backward<T>;
  table.backward_m = backward_m<T>;
  table.backward_whole = backward_whole<T>;
  table.reduce_y = reduce_y<T>;
}

}  // namespace

void fill_channelwise_backward_f32(ChannelwiseKernels<float>& table) {
  fill(table);
}
void fill_channelwise_backward_f64(ChannelwiseKernels<double>& table) {
  fill(table);
}

}  // namespace coset::compute::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace coset::compute {

HWY_EXPORT(fill_channelwise_backward_f32);
HWY_EXPORT(fill_channelwise_backward_f64);

void fill_channelwise_backward(ChannelwiseKernels<float>& table) {
  HWY_DYNAMIC_DISPATCH(fill_channelwise_backward_f32)(table);
}
void fill_channelwise_backward(ChannelwiseKernels<double>& table) {
  HWY_DYNAMIC_DISPATCH(fill_channelwise_backward_f64)(table);
}

}  // namespace coset::compute
#endif
