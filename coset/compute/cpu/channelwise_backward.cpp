// Gradients of the channel-wise convolution, one edge and path at a time: with s[i] = sum_k M[k, i] gz[k],
//   gx[i] += w s[i],   gw = sum_i x[i] s[i],   gM[k, i] = sum over channels of w x[i] gz[k].
// Second order: with t as s, of the tangents' M,
//   gx[i] += hw s[i] + w t[i],   gw = sum_i hx[i] s[i] + x[i] t[i],   gM[k, i] = sum of (hw x[i] + w hx[i]) gz[k].
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/cpu/channelwise_backward.cpp"
#include "coset/compute/cpu/simd_begin.inc"

#include "coset/compute/cpu/channelwise_kernels.h"
#include "coset/compute/cpu/channelwise_lanes.h"
#include "coset/compute/cpu/channelwise_pattern.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

/// The first `left` channels of a vector; all of them where the caller knows so.
template <bool kWhole, class D, class T>
HWY_INLINE hn::Vec<D> load_channels(D d, const T* p, std::int64_t left) {
  if constexpr (kWhole) return hn::LoadU(d, p);
  return load_first(d, p, left);
}

/// What reaches a path from its receiver: s, and t where kSecond.
template <class V, int kIn, bool kSecond>
struct Upstream {
  V s[kIn];
  V t[kSecond ? kIn : 1];
};

/// Adds to gx and gw of one vector of channels.
template <bool kWhole, bool kSecond, int kIn, class T, class V>
HWY_INLINE void add_gradients(const ChannelwisePath& path, const ChannelwiseBackward<T>& a, std::int64_t u,
                              const Upstream<V, kIn, kSecond>& up) {
  const hn::ScalableTag<T> d;
  const std::int64_t left = path.channels - u;
  const V(&direct)[kIn] = [&]() -> const V(&)[kIn] {
    if constexpr (kSecond)
      return up.t;
    else
      return up.s;
  }();
  if (a.gx) {
    const V w = load_channels<kWhole>(d, a.w + path.w_offset + u, left);
    V hw = w;
    if constexpr (kSecond) hw = load_channels<kWhole>(d, a.h.w + path.w_offset + u, left);
    T* HWY_RESTRICT gx = a.gx + path.x_offset + u;
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i) {
      V sum = hn::MulAdd(w, direct[i], hn::LoadU(d, gx + i * path.x_component));
      if constexpr (kSecond) sum = hn::MulAdd(hw, up.s[i], sum);
      hn::StoreU(sum, d, gx + i * path.x_component);
    }
  }
  if (a.gw) {
    const T* HWY_RESTRICT x = a.x + path.x_offset + u;
    T* gw = a.gw + path.w_offset + u;
    V sum = a.accumulate_w ? load_channels<kWhole>(d, gw, left) : hn::Zero(d);
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i) {
      sum = hn::MulAdd(hn::LoadU(d, x + i * path.x_component), direct[i], sum);
      if constexpr (kSecond)
        sum = hn::MulAdd(hn::LoadU(d, a.h.x + path.x_offset + u + i * path.x_component), up.s[i], sum);
    }
    if constexpr (kWhole)
      hn::StoreU(sum, d, gw);
    else
      store_first(sum, d, gw, left);
  }
}

/// w x[i], or hw x[i] + w hx[i].
template <bool kWhole, bool kSecond, int kIn, class T, class V>
HWY_INLINE void scale_inputs(const ChannelwisePath& path, const ChannelwiseBackward<T>& a, std::int64_t u,
                             V (&scaled)[kIn]) {
  const hn::ScalableTag<T> d;
  const T* HWY_RESTRICT x = a.x + path.x_offset + u;
  const V w = load_channels<kWhole>(d, a.w + path.w_offset + u, path.channels - u);
  V hw = w;
  if constexpr (kSecond) hw = load_channels<kWhole>(d, a.h.w + path.w_offset + u, path.channels - u);
#pragma GCC unroll 7
  for (int i = 0; i < kIn; ++i) {
    const V value = hn::LoadU(d, x + i * path.x_component);
    scaled[i] = hn::Mul(hw, value);
    if constexpr (kSecond)
      scaled[i] = hn::MulAdd(w, hn::LoadU(d, a.h.x + path.x_offset + u + i * path.x_component), scaled[i]);
  }
}

/// One vector of channels of the gradients of features and weights; with kM, adds to those of M.
template <class T, int l1, int l2, int l3, bool kWhole, bool kSecond, bool kM, class V>
HWY_INLINE void backward_chunk(const ChannelwisePath& path, const ChannelwiseBackward<T>& a, std::int64_t u,
                               V (&gm)[kM ? 2 * l3 + 1 : 1][kM ? 2 * l1 + 1 : 1]) {
  const hn::ScalableTag<T> d;
  constexpr int kIn = 2 * l1 + 1;
  constexpr auto& kPairs = kPairTable<l1, l2, l3>;
  const T* HWY_RESTRICT m = a.m + path.first_pair * kPairColumns;
  const T* HWY_RESTRICT hm = kSecond ? a.h.m + path.first_pair * kPairColumns : nullptr;
  const T* HWY_RESTRICT gz = a.gz + path.z_offset + u;
  Upstream<V, kIn, kSecond> up;
  V scaled[kM ? kIn : 1];
  if constexpr (kM) scale_inputs<kWhole, kSecond>(path, a, u, scaled);
#pragma GCC unroll 7
  for (int i = 0; i < kIn; ++i) {
    up.s[i] = hn::Zero(d);
    if constexpr (kSecond) up.t[i] = hn::Zero(d);
  }
#pragma GCC unroll 7
  for (int k = 0; k < 2 * l3 + 1; ++k) {
    const V g = hn::LoadU(d, gz + k * path.z_component);
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i) {
      if (kPairs.number[k][i] < 0) continue;
      up.s[i] = hn::MulAdd(hn::Set(d, m[kPairs.number[k][i] * kPairColumns]), g, up.s[i]);
      if constexpr (kSecond) up.t[i] = hn::MulAdd(hn::Set(d, hm[kPairs.number[k][i] * kPairColumns]), g, up.t[i]);
      if constexpr (kM) gm[k][i] = hn::MulAdd(scaled[i], g, gm[k][i]);
    }
  }
  add_gradients<kWhole, kSecond, kIn>(path, a, u, up);
}

template <class T, int l1, int l2, int l3, bool kSecond>
HWY_INLINE void backward_channels(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  constexpr std::int64_t kLanes = hn::MaxLanes(hn::ScalableTag<T>());
  hn::Vec<hn::ScalableTag<T>> none[1][1];
  std::int64_t u = 0;
  for (; u + kLanes <= path.channels; u += kLanes)
    backward_chunk<T, l1, l2, l3, true, kSecond, false>(path, a, u, none);
  if (u < path.channels) backward_chunk<T, l1, l2, l3, false, kSecond, false>(path, a, u, none);
}

template <class T, int l1, int l2, int l3>
void backward_path(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  if (a.h.x)
    backward_channels<T, l1, l2, l3, true>(path, a);
  else
    backward_channels<T, l1, l2, l3, false>(path, a);
}

/// Rows k of M from `first` on whose gradients fit into registers together.
constexpr int rows_together(int l1, int l2, int l3, int first) {
  int k = first;
  while (k < 2 * l3 + 1 && pair_number(l1, l2, l3, k, 2 * l1 + 1) - pair_number(l1, l2, l3, first, 0) <= 20) ++k;
  return k > first ? k : first + 1;
}

template <class T, int l1, int l2, int l3, bool kSecond, int kFirst>
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
    const T* HWY_RESTRICT gz = a.gz + path.z_offset + u;
    V scaled[kIn];
    scale_inputs<false, kSecond>(path, a, u, scaled);
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
  if constexpr (kEnd < 2 * l3 + 1) backward_m_rows<T, l1, l2, l3, kSecond, kEnd>(path, a);
}

template <class T, int l1, int l2, int l3>
void backward_m_path(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  if (a.h.x)
    backward_m_rows<T, l1, l2, l3, true, 0>(path, a);
  else
    backward_m_rows<T, l1, l2, l3, false, 0>(path, a);
}

/// Do all entries of M's gradient fit into registers beside what a chunk needs?
constexpr bool fits_registers(int l1, int l2, int l3, bool second) {
  constexpr int kRegisters = HWY_TARGET <= HWY_AVX3 ? 32 : 16;
  return pair_count(l1, l2, l3) + (second ? 3 : 2) * (2 * l1 + 1) + 3 <= kRegisters;
}

template <class T, int l1, int l2, int l3, bool kSecond>
HWY_INLINE void backward_registers(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
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
  for (; u + kLanes <= path.channels; u += kLanes) backward_chunk<T, l1, l2, l3, true, kSecond, true>(path, a, u, gm);
  if (u < path.channels) backward_chunk<T, l1, l2, l3, false, kSecond, true>(path, a, u, gm);
#pragma GCC unroll 7
  for (int k = 0; k < kOut; ++k)
#pragma GCC unroll 7
    for (int i = 0; i < kIn; ++i)
      if (kPairTable<l1, l2, l3>.number[k][i] >= 0)
        hn::StoreU(gm[k][i], d, a.gm + (path.first_pair + kPairTable<l1, l2, l3>.number[k][i]) * kLanes);
}

/// All three gradients; in one pass over the channels where registers allow, so that operands are loaded once.
template <class T, int l1, int l2, int l3>
void backward_whole_path(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  if constexpr (fits_registers(l1, l2, l3, true)) {
    if (a.h.x) return backward_registers<T, l1, l2, l3, true>(path, a);
  }
  if constexpr (fits_registers(l1, l2, l3, false)) {
    if (!a.h.x) return backward_registers<T, l1, l2, l3, false>(path, a);
  }
  backward_path<T, l1, l2, l3>(path, a);
  backward_m_path<T, l1, l2, l3>(path, a);
}

template <class T>
void backward_generic(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t u = 0; u < path.channels; u += lanes) {
    const std::int64_t left = path.channels - u;
    const auto w = load_first(d, a.w + path.w_offset + u, left);
    const auto hw = a.h.x ? load_first(d, a.h.w + path.w_offset + u, left) : hn::Zero(d);
    T* gw = a.gw ? a.gw + path.w_offset + u : nullptr;
    auto sum = gw && a.accumulate_w ? load_first(d, gw, left) : hn::Zero(d);
    std::int64_t m = path.first_pair * kPairColumns;
    for (const ChannelwisePair& pair : path.pairs) {
      const auto g = hn::LoadU(d, a.gz + path.z_offset + pair.k * path.z_component + u);
      const auto s = hn::Mul(hn::Set(d, a.m[m]), g);
      const auto direct = a.h.x ? hn::Mul(hn::Set(d, a.h.m[m]), g) : s;
      const std::int64_t at = path.x_offset + pair.i * path.x_component + u;
      if (a.gx) hn::StoreU(hn::MulAdd(hw, s, hn::MulAdd(w, direct, hn::LoadU(d, a.gx + at))), d, a.gx + at);
      if (gw) sum = hn::MulAdd(hn::LoadU(d, a.x + at), direct, sum);
      if (gw && a.h.x) sum = hn::MulAdd(hn::LoadU(d, a.h.x + at), s, sum);
      m += kPairColumns;
    }
    if (gw) store_first(sum, d, gw, left);
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
      const std::int64_t left = path.channels - u;
      const std::int64_t at = path.x_offset + pair.i * path.x_component + u;
      const auto w = load_first(d, a.w + path.w_offset + u, left);
      auto scaled = hn::Mul(w, hn::LoadU(d, a.x + at));
      if (a.h.x) {
        const auto hw = load_first(d, a.h.w + path.w_offset + u, left);
        scaled = hn::MulAdd(w, hn::LoadU(d, a.h.x + at), hn::Mul(hw, hn::LoadU(d, a.x + at)));
      }
      sum = hn::MulAdd(scaled, hn::LoadU(d, a.gz + path.z_offset + pair.k * path.z_component + u), sum);
    }
    hn::StoreU(sum, d, gm);
    gm += lanes;
  }
}

template <class T>
void backward_whole_generic(const ChannelwisePath& path, const ChannelwiseBackward<T>& a) {
  backward_generic<T>(path, a);
  backward_m_generic<T>(path, a);
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
  table.backward = backward<T>;
  table.backward_m = backward_m<T>;
  table.backward_whole = backward_whole<T>;
  table.reduce_y = reduce_y<T>;
}

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE

#define COSET_SIMD_EXPORT fill_channelwise_backward, ChannelwiseKernels
#include "coset/compute/cpu/simd_export.inc"
