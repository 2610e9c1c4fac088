/// Steerable convolution on graphs, linear or with a non-linear message.
#pragma once

#include "coset/nn/graph/message_layer.h"
#include "coset/nn/irreps/normalization.h"
#include "coset/nn/irreps/o3_tensor_product.h"
#include "coset/ops/mixed_conv.h"

namespace coset::nn {

enum class ConvKernel {
  linear,    ///< one attribute-conditioned linear map: a steerable group convolution
  nonlinear  ///< a gated one followed by a linear one
};

/// f_i' = instance_norm(f_i + gate(sum_j K(f_i + f_j + e_ij; a_ij)))
///
/// K is a ConvKernel. The gate acts after the sum. Source: Brandstetter et al., ICLR 2022, section 4 (SE_linear,
/// SE_non-linear). A linear K is not evaluated edge by edge: its channels are mixed once per node (ops::MixedConv).
class SteerableConvMessage : public MessageLayer {
 public:
  SteerableConvMessage(const rep::Irreps& hidden, const rep::Irreps& attribute, const rep::Irreps& edge_scalars,
                       ConvKernel kernel);

  field::Field forward(const field::Field& f, const graph::Graph& graph, const Attributes& attributes,
                       const Tensor& edge_scalars) override;
  std::string route() const override;

 private:
  /// sum_j K(...): (N, gate's input)
  Tensor summed(const field::Field& f, const graph::Graph& graph, const Attributes& attributes,
                const Tensor& edge_scalars);

  field::FieldType hidden_, pair_;
  std::shared_ptr<const ops::MixedConv> mixed_;  // only where the kernel is linear
  Tensor bias_columns_;
  std::shared_ptr<Gate> gate_;
  std::shared_ptr<O3TensorProductGate> inner_;  // only for the non-linear message
  std::shared_ptr<O3TensorProduct> kernel_;
  std::shared_ptr<InstanceNorm> norm_;
};

}  // namespace coset::nn
