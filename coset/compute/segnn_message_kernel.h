/// What the forward and backward passes of SegnnMessage share. Private to this room.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "coset/compute/fully_connected.h"
#include "coset/compute/parallel.h"
#include "coset/compute/segnn_message.h"

namespace coset::compute {

/// How the channels of one input irrep of TP1 split: receiver's features, sender's features, extras.
struct SegnnSplit {
  std::size_t stack = 0;      ///< mix stack of this irrep
  std::int64_t features = 0;  ///< channels of one copy of the features
  std::int64_t feature_group = 0;
  std::int64_t extras = 0;
  std::int64_t extra_group = 0;
  std::int64_t extra_weights = 0;  ///< start of the extras' gradient (extras, padded width) in a slab
};

struct SegnnMessageKernel {
  MixingPlan first, second;
  ChannelLayout features, extra, hidden, message;
  GatePlan first_gate, second_gate;
  std::vector<SegnnSplit> splits;
  std::int64_t extra_weights_size = 0;

  explicit SegnnMessageKernel(const SegnnMessageSpec& spec);

  std::int64_t bias1() const { return even_scalars(first.out); }
  std::int64_t bias2() const { return even_scalars(second.out); }
  std::int64_t saved_size() const { return first.out.size + second.out.size; }
  static std::int64_t even_scalars(const ChannelLayout& layout);
  static RowPart whole(const ChannelLayout& layout) { return {0, layout.blocks.size(), layout.public_size}; }
};

template <class T>
struct SegnnWeights {
  T* first;
  T* first_transposed = nullptr;
  T* second;
  T* second_transposed = nullptr;

  SegnnWeights(ScratchFrame& frame, const SegnnMessageKernel& kernel, const SegnnMessageInputs<T>& in, bool backward);
};

/// Mixes the features of every node as receiver (u) and as sender (v); both (nodes, first.mix_size).
template <class T>
void mix_nodes(const SegnnMessageKernel& kernel, std::int64_t nodes, const SegnnMessageInputs<T>& in, const T* weights,
               T* u, T* v);

/// s[e] = u[receiver] + v[sender] + mixed extras, for `rows` edges from `first_edge`. `extra_rows` is scratch, zeroed
/// once.
template <class T>
void mix_edges(const SegnnMessageKernel& kernel, const EdgeIndex& edges, std::int64_t first_edge, std::int64_t rows,
               const SegnnMessageInputs<T>& in, const T* weights, const T* u, const T* v, T* extra_rows, T* s);

/// Sums consecutive rows that share a receiver, into row_of(receiver), and calls done(receiver, sum) for every receiver
/// of a range in order, isolated ones included.
template <class T, class RowOf, class Done>
class ReceiverSum {
 public:
  ReceiverSum(NodeRange range, std::int64_t width, RowOf row_of, Done done)
      : range_(range), width_(width), row_of_(row_of), done_(done) {}
  void add(std::int64_t receiver, const T* row) {
    advance(receiver);
    if (started_)
      row_kernels<T>().add(width_, row, row_of_(receiver));
    else
      std::copy_n(row, width_, row_of_(receiver));
    started_ = true;
  }
  void finish() { advance(range_.end); }

 private:
  void advance(std::int64_t receiver) {
    for (; range_.begin < receiver; ++range_.begin) {
      T* sum = row_of_(range_.begin);
      if (!started_) std::fill_n(sum, width_, T(0));
      done_(range_.begin, sum);
      started_ = false;
    }
  }

  NodeRange range_;
  std::int64_t width_;
  RowOf row_of_;
  Done done_;
  bool started_ = false;
};

}  // namespace coset::compute
