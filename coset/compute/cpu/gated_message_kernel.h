/// What the forward and backward passes of GatedMessage share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "coset/compute/cpu/closed_runs.h"
#include "coset/compute/cpu/fully_connected.h"
#include "coset/compute/gated_message.h"
#include "coset/compute/parallel.h"

namespace coset::compute {

/// How the channels of one input irrep of TP1 split: receiver's features, sender's features, extras.
struct GatedMessageSplit {
  std::size_t stack = 0;      ///< mix stack of this irrep
  std::int64_t features = 0;  ///< channels of one copy of the features
  std::int64_t feature_group = 0;
  std::int64_t extras = 0;
  std::int64_t extra_group = 0;
  std::int64_t extra_weights = 0;  ///< start of the extras' gradient (extras, padded width) in a slab
};

struct GatedMessageKernel {
  MixingPlan first, second;
  ChannelLayout features, extra, hidden, message;
  GatePlan first_gate, second_gate;
  std::vector<GatedMessageSplit> splits;
  std::int64_t extra_weights_size = 0;

  explicit GatedMessageKernel(const GatedMessageSpec& spec);

  std::int64_t bias1() const { return even_scalars(first.out); }
  std::int64_t bias2() const { return even_scalars(second.out); }
  std::int64_t saved_size() const { return first.out.size + second.out.size; }
  /// Nodes of a closed run: both mixed rows of each fit into a third of a second-level cache of 1 MiB.
  std::int64_t run_nodes(std::size_t element, std::int64_t nodes) const {
    const auto cache = (std::int64_t{384} << 10) / (2 * first.mix_size * static_cast<std::int64_t>(element));
    return std::min(std::max<std::int64_t>(cache, 1), std::max(kChunkRows, nodes / 16));
  }
  static std::int64_t even_scalars(const ChannelLayout& layout);
  static RowPart whole(const ChannelLayout& layout) { return {0, layout.blocks.size(), layout.public_size}; }
};

template <class T>
struct GatedMessageWeights {
  T* first;
  T* first_transposed = nullptr;
  T* second;
  T* second_transposed = nullptr;

  GatedMessageWeights(ScratchFrame& frame, const GatedMessageKernel& kernel, const GatedMessageInputs<T>& in,
                      bool backward);
};

/// Mixed features of a range of nodes, as receivers (u) and as senders (v): (range, first.mix_size) each.
template <class T>
struct MixedNodes {
  std::int64_t first = 0;
  T* u = nullptr;
  T* v = nullptr;

  MixedNodes(ScratchFrame& frame, const GatedMessageKernel& kernel, std::int64_t nodes)
      : u(frame.take<T>(nodes * kernel.first.mix_size)), v(frame.take<T>(nodes * kernel.first.mix_size)) {}
};

/// Fills `to` from node `to.first` on.
template <class T>
void mix_nodes(const GatedMessageKernel& kernel, NodeRange range, const GatedMessageInputs<T>& in, const T* weights,
               const MixedNodes<T>& to);

/// Edges whose mixed rows are in the first-level cache together.
inline constexpr std::int64_t kMixedRows = 4;

/// s[e] = u[receiver] + v[sender] + mixed extras, for at most kMixedRows edges from `first_edge`. `extra_rows` is
/// scratch, zeroed once.
template <class T>
void mix_edges(const GatedMessageKernel& kernel, const EdgeIndex& edges, std::int64_t first_edge, std::int64_t rows,
               const GatedMessageInputs<T>& in, const T* weights, const MixedNodes<T>& nodes, T* extra_rows, T* s);

/// Calls f(row, rows) with s filled for edges first_edge + [row, row + rows), until all `rows` have passed.
template <class T, class F>
void for_mixed_edges(const GatedMessageKernel& kernel, const EdgeIndex& edges, std::int64_t first_edge,
                     std::int64_t rows, const GatedMessageInputs<T>& in, const T* weights, const MixedNodes<T>& nodes,
                     T* extra_rows, T* s, F&& f) {
  for (std::int64_t row = 0; row < rows; row += kMixedRows) {
    const std::int64_t some = std::min(kMixedRows, rows - row);
    mix_edges(kernel, edges, first_edge + row, some, in, weights, nodes, extra_rows, s);
    f(row, some);
  }
}

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
