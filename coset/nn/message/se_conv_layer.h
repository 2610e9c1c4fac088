/// Steerable convolution, linear or with a non-linear message: the ablations of SEGNN.
#pragma once

#include "coset/nn/message/segnn_layer.h"
#include "coset/ops/mixed_conv.h"

namespace coset::nn {

/// f_i' = instance_norm(f_i + gate(sum_j K(f_i + f_j + e_ij; a_ij)))
///
/// K is one attribute-conditioned linear map (linear: a steerable group convolution) or a gated one followed by a
/// linear one (non-linear). The gate acts after the sum. Source: specs steerable 3.7. A linear K is not evaluated edge
/// by edge: its channels are mixed once per node (ops::MixedConv).
class SeConvLayer : public torch::nn::Module {
 public:
  SeConvLayer(const rep::Irreps& hidden, const rep::Irreps& attribute, const rep::Irreps& edge_scalars, bool nonlinear);

  /// Arguments as SegnnLayer::forward.
  field::SteerableTensor forward(const field::SteerableTensor& f, const graph::Graph& graph,
                                 const Attributes& attributes, const Tensor& edge_scalars);

  std::string route() const;

 private:
  /// sum_j K(...): (N, gate's input)
  Tensor summed(const field::SteerableTensor& f, const graph::Graph& graph, const Attributes& attributes,
                const Tensor& edge_scalars);

  rep::Irreps hidden_, pair_;
  std::shared_ptr<const ops::MixedConv> mixed_;  // only where the kernel is linear
  Tensor bias_columns_;
  std::shared_ptr<Gate> gate_;
  std::shared_ptr<O3TensorProductGate> inner_;  // only for the non-linear message
  std::shared_ptr<O3TensorProduct> kernel_;
  std::shared_ptr<InstanceNorm> norm_;
};

}  // namespace coset::nn
