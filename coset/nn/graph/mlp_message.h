/// Message passing with steerable multi-layer perceptrons.
#pragma once

#include "coset/nn/graph/message_layer.h"
#include "coset/nn/irreps/normalization.h"
#include "coset/nn/irreps/o3_tensor_product.h"
#include "coset/ops/gated_message.h"

namespace coset::nn {

enum class FeatureNorm { none, instance, batch };

/// m_ij = phi_m(f_i + f_j + e_ij; a_ij),  m_i = sum_j m_ij,  f_i' = norm(f_i + phi_f(f_i + m_i; a_i))
///
/// phi_m: two gated products; phi_f: one gated product and one without activation. Messages are normalised too when the
/// norm is `batch`. Source: Brandstetter et al., ICLR 2022, equations 6 to 8.
class SteerableMlpMessage : public MessageLayer {
 public:
  struct Options {
    rep::Irreps hidden;
    rep::Irreps attribute;
    rep::Irreps edge_scalars;  ///< e_ij, appended to each message's input
    FeatureNorm norm = FeatureNorm::none;
  };
  explicit SteerableMlpMessage(const Options& options);

  field::Field forward(const field::Field& f, const graph::Graph& graph, const Attributes& attributes,
                       const Tensor& edge_scalars) override;
  std::string route() const override;

 private:
  Tensor aggregate(const field::Field& f, const graph::Graph& graph, const Attributes& attributes,
                   const Tensor& edge_scalars);

  field::FieldType hidden_, attribute_, pair_;
  std::shared_ptr<const ops::GatedMessage> fused_;  // both message products and the sum; null when no kernel fits
  std::shared_ptr<O3TensorProductGate> message1_, message2_, update1_;
  std::shared_ptr<O3TensorProduct> update2_;
  std::shared_ptr<BatchNorm> message_norm_, batch_norm_;
  std::shared_ptr<InstanceNorm> instance_norm_;
};

}  // namespace coset::nn
