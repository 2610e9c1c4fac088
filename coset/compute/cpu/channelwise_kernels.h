/// The SIMD kernels of the channel-wise convolution: one path, channels in lanes.
///
/// Feature rows hold [block][component][channels, padded to kLanePadding]; weights stay as the user stores them. M[k,
/// i] of an edge, with the path's coefficient, is a column of m (pair_columns.h).
#pragma once

#include <cstdint>
#include <vector>

#include "coset/compute/cpu/pair_columns.h"

namespace coset::compute {

/// A pair of M for the generic loops: k, i in the order of pair_number.
struct ChannelwisePair {
  std::int32_t k = 0;
  std::int32_t i = 0;
};

/// One path. Offsets are into rows: x, z (channel rows), w (weight row), m (pair rows).
struct ChannelwisePath {
  int l1 = 0, l2 = 0, l3 = 0;
  std::int64_t channels = 0;
  std::int64_t x_offset = 0, x_component = 0;
  std::int64_t z_offset = 0, z_component = 0;
  std::int64_t w_offset = 0;
  std::int64_t first_pair = 0;
  std::vector<ChannelwisePair> pairs;
};

/// Operands of the second order, beside (x, y, w): values become F(hx, y, w) + F(x, hy, w) + F(x, y, hw), gradients
/// those of <gz, that sum>. Laid out as x, m and w; all null for the first order.
template <class T>
struct ChannelwiseTangents {
  const T* x = nullptr;
  const T* m = nullptr;
  const T* w = nullptr;
};

/// Consecutive edges of one receiver: z (+)= sum over edges.
template <class T>
struct ChannelwiseForward {
  std::int64_t edges = 0;
  const std::int64_t* sender = nullptr;  ///< of the first edge
  const T* x = nullptr;                  ///< all senders
  std::int64_t x_row = 0;
  const T* w = nullptr;  ///< row of the first edge
  std::int64_t w_row = 0;
  const T* m = nullptr;  ///< column of the first edge
  T* z = nullptr;        ///< row of the receiver
  bool accumulate = false;
  ChannelwiseTangents<T> h;
};

/// One edge. gx and gw may be null; gx is added to, gw overwritten or added to.
template <class T>
struct ChannelwiseBackward {
  const T* x = nullptr;
  const T* w = nullptr;
  const T* m = nullptr;
  const T* gz = nullptr;
  T* gx = nullptr;
  T* gw = nullptr;
  bool accumulate_w = false;
  T* gm = nullptr;  ///< (pairs, one vector of kLanePadding lanes), overwritten; for the gradient of y
  ChannelwiseTangents<T> h;
};

template <class T>
struct ChannelwiseKernels {
  void (*forward)(const ChannelwisePath& path, const ChannelwiseForward<T>& a);
  void (*backward)(const ChannelwisePath& path, const ChannelwiseBackward<T>& a);  ///< gx, gw
  void (*backward_m)(const ChannelwisePath& path, const ChannelwiseBackward<T>& a);
  void (*backward_whole)(const ChannelwisePath& path, const ChannelwiseBackward<T>& a);  ///< both
  /// Triples ordered by column. gy[j] (+)= sum over lanes and triples of value gm[pair]
  void (*reduce_y)(const std::vector<PairTriple>& triples, std::int64_t y_row, const T* gm, T* gy, bool accumulate);
};

template <class T>
const ChannelwiseKernels<T>& channelwise_kernels();

}  // namespace coset::compute
