/// The channel-wise convolution whose edge weights are made where they are used: memory O(nodes), not O(edges weights).
///
///   z[i] = sum over edges e = (j -> i) of TP(x[j], y[e]; R(r[e]))        TP of TensorProductConv, uvu, mul2 = 1
///
/// Rows are in Layout::ir_mul and every multiplicity a multiple of kLanePadding, so that no row is copied. Output rows
/// hold one block for each irrep of out(): the paths that end there, in the plan's order, side by side as channels.
/// The backward pass goes from sender to sender: the gradient of x[j] stays in the cache, every edge is visited once,
/// and no sum depends on the number of threads. Source: Batzner et al., arXiv 2101.03164.
#pragma once

#include <cstdint>
#include <memory>

#include "coset/compute/radial_weights.h"
#include "coset/compute/scatter.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::compute {

template <class T>
struct RadialEdges {
  EdgeIndex index;       ///< backward needs by_sender_* and receiver
  const T* y = nullptr;  ///< (edges, in2.dim)
  RadialInputs<T> radial;
};

/// Gradients of <gz, z>; y and distance are added to.
template <class T>
struct RadialConvGradients {
  T* x = nullptr;         ///< (senders, in1.dim), overwritten; null: not wanted
  T* y = nullptr;         ///< (edges, in2.dim)
  T* distance = nullptr;  ///< (edges)
};

class RadialConv {
 public:
  /// @throws coset::Error unless every path is uvu with weights and mul2 = 1 and all multiplicities are padded
  explicit RadialConv(const rep::TensorProductPlan& plan);

  const rep::Irreps& out() const { return out_; }

  /// z (receivers, out().dim()), overwritten.
  template <class T>
  void forward(const RadialEdges<T>& edges, const RadialWeights<T>& weights, const T* x, T* z) const;
  template <class T>
  void backward(const RadialEdges<T>& edges, const RadialWeights<T>& weights, const T* x, const T* gz,
                const RadialConvGradients<T>& out) const;

 private:
  struct Paths;
  rep::Irreps out_;
  std::shared_ptr<const Paths> paths_;
};

}  // namespace coset::compute
