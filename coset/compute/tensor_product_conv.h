/// Tensor-product convolution: gather sender features, multiply with the edge's harmonics and weights, sum at the
/// receiver.
///
///   z[i] = sum over edges e = (j -> i) of TP(x[j], y[e]; w[e])
///
/// x (senders, in1.dim), y (edges, in2.dim), w (edges, weight_numel) or shared, z (receivers, out.dim); all row-major
/// in the plan's order, outputs overwritten. The fused kernel takes plans whose paths are all weighted uvu with mul2 =
/// 1 (NequIP, MACE, TFN, Allegro); it writes no per-edge message and its extra memory is O(senders + receivers). Other
/// plans take the reference. Same bits at any thread count.
/// Source: Thomas et al., arXiv 1802.08219 (the layer); Batzner et al., arXiv 2101.03164 (the channel-wise one).
#pragma once

#include <cstdint>
#include <memory>

#include "coset/compute/types.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::compute {

class ChannelwiseKernel;

class TensorProductConv {
 public:
  explicit TensorProductConv(rep::TensorProductPlan plan);
  ~TensorProductConv();
  TensorProductConv(TensorProductConv&&) noexcept;
  TensorProductConv& operator=(TensorProductConv&&) noexcept;

  const rep::TensorProductPlan& plan() const { return plan_; }
  Route route() const;  ///< what `automatic` will do

  /// @throws coset::Error, as backward and second do, with Route::fused where the plan has no fused kernel, and with
  /// Layout::ir_mul on the reference route
  template <class T>
  void forward(const EdgeIndex& edges, const Operands<T>& in, T* z, const ConvOptions& options = {}) const;

  /// Gradients of <gz, z>; out.x needs the by_sender part of `edges`.
  /// @throws coset::Error when a gradient by shared weights is asked for
  template <class T>
  void backward(const EdgeIndex& edges, const Operands<T>& in, const T* gz, const Gradients<T>& out,
                const ConvOptions& options = {}) const;

  /// As TensorProduct::second.
  template <class T>
  void second(const EdgeIndex& edges, const SecondInputs<T>& at, T* ggz, const Gradients<T>& out,
              const ConvOptions& options = {}) const;

 private:
  Route chosen(const ConvOptions& options) const;
  std::int64_t weight_row(const ConvOptions& options) const;
  template <class T>
  void run_forward(Route route, const EdgeIndex& edges, const Operands<T>& in, T* z, bool accumulate,
                   const ConvOptions& options) const;
  template <class T>
  void run_backward(Route route, const EdgeIndex& edges, const Operands<T>& in, const T* gz, const Gradients<T>& out,
                    const ConvOptions& options) const;

  rep::TensorProductPlan plan_;
  std::unique_ptr<ChannelwiseKernel> channelwise_;
};

}  // namespace coset::compute
