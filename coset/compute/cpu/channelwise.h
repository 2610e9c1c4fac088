/// The fused channel-wise convolution: plan, threads, layout. Private; the public face is
/// TensorProductConv.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/compute/cpu/channelwise_kernels.h"
#include "coset/compute/cpu/scratch.h"
#include "coset/compute/parallel.h"
#include "coset/compute/scatter.h"
#include "coset/compute/tensor_product_conv.h"

namespace coset::compute {

class ChannelwiseKernel {
 public:
  explicit ChannelwiseKernel(const rep::TensorProductPlan& plan);

  /// Every path uvu with weights and mul2 = 1?
  static bool fits(const rep::TensorProductPlan& plan);

  /// h null: F(x, y, w). Else the second order: F(h.x, y, w) + F(x, h.y, w) + F(x, y, h.w), in one pass. Of the options
  /// the layout, and whether all edges share one row of w (h.w then too; without a gradient of w).
  template <class T>
  void forward(const EdgeIndex& edges, const Operands<T>& in, const Operands<T>* h, T* z, const ConvOptions& options,
               bool accumulate) const;
  /// Gradients of <gz, the same>.
  template <class T>
  void backward(const EdgeIndex& edges, const Operands<T>& in, const Operands<T>* h, const T* gz,
                const Gradients<T>& out, const ConvOptions& options) const;

 private:
  /// Blocks as they come (never joined): [component][channels, padded].
  struct Rows {
    std::vector<std::int64_t> mul, dim, offset, column;
    std::int64_t size = 0;
    std::int64_t public_size = 0;
    bool unpadded = true;  ///< channel rows equal ir_mul rows

    explicit Rows(const rep::Irreps& irreps);
    template <class T>
    void load(std::int64_t rows, const T* from, Layout layout, T* to) const;
    template <class T>
    void store(std::int64_t rows, const T* from, Layout layout, bool accumulate, T* to) const;
  };
  template <class T>
  const T* channel_rows(ScratchFrame& frame, const Rows& layout_of, std::int64_t rows, const T* from,
                        Layout layout) const;
  ItemCost task_cost(std::int64_t edges, std::int64_t tasks, double passes) const;
  std::int64_t weight_row(const ConvOptions& options) const { return options.shared_weights ? 0 : w_size_; }
  template <class T>
  struct Matrices;
  template <class T>
  struct BackwardCall;
  template <class T>
  void receivers_backward(const BackwardCall<T>& call, NodeRange range) const;
  template <class T>
  void halves_backward(BackwardCall<T> call) const;
  template <class T>
  void senders_backward(const BackwardCall<T>& call) const;

  Rows in_, out_;
  std::int64_t y_size_ = 0;
  std::int64_t w_size_ = 0;
  std::int64_t pairs_ = 0;
  std::vector<ChannelwisePath> paths_;
  std::vector<PairTriple> triples_;    ///< by pair
  std::vector<PairTriple> by_column_;  ///< by column of y
};

}  // namespace coset::compute
