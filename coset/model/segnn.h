/// Steerable E(3) graph neural networks: SEGNN and its ablations.
///
/// Brandstetter, Hesselink, van der Pol, Bekkers, Welling, "Geometric and physical quantities improve E(3) equivariant
/// message passing", ICLR 2022.
#pragma once

#include <string>
#include <vector>

#include "coset/graph/graph.h"
#include "coset/nn/graph/conv_message.h"
#include "coset/nn/graph/mlp_message.h"
#include "coset/nn/pooling.h"

namespace coset::model {

enum class SegnnVariant {
  segnn,        ///< non-linear messages, geometric and physical attributes (SEGNN_G+P)
  segnn_g,      ///< the same network without the velocity in the node attribute
  se_linear,    ///< linear steerable convolution
  se_nonlinear  ///< steerable convolution with a non-linear message
};
SegnnVariant parse_segnn_variant(const std::string& name);  ///< @throws coset::Error naming the nearest
std::string to_string(SegnnVariant variant);

struct SegnnOptions {
  SegnnVariant variant = SegnnVariant::segnn;
  rep::Irreps in;            ///< node features
  rep::Irreps out;           ///< per node (pool none) or per graph
  rep::Irreps edge_scalars;  ///< invariants of an edge, part of every message's input
  int lmax_hidden = 1;
  int lmax_attribute = 1;
  std::int64_t width = 64;  ///< weight-balanced into hidden irreps
  std::int64_t layers = 4;
  nn::FeatureNorm norm = nn::FeatureNorm::none;  ///< SEGNN layers; the convolutions always use instance norm
  nn::Pool pool = nn::Pool::none;                ///< over the nodes: none, mean or sum
};

/// embed (in -> H; a_i) -> layers -> gated product (H -> H; a_i) -> product (H -> out; a_i); with pooling: product to
/// scalars, mean or sum over the graph, gated linear, linear. Constructing one layer takes about a millisecond.
class Segnn : public torch::nn::Module {
 public:
  explicit Segnn(SegnnOptions options);

  /// @param x (N, in)   @param edge_scalars (E, edge_scalars.dim)   @return (N, out), or (B, out) with pooling
  field::Field forward(const field::Field& x, const graph::Graph& graph, const nn::Attributes& attributes,
                       const Tensor& edge_scalars);

  /// Which kernels each part runs on, in order: (name, route).
  std::vector<std::pair<std::string, std::string>> routes() const;

  const SegnnOptions& options() const { return options_; }
  const rep::Irreps& hidden() const { return hidden_; }

 private:
  void build_layers(const rep::Irreps& attribute);
  field::Field read_out(const field::Field& f, const graph::Graph& graph, const nn::Attributes& attributes) const;

  SegnnOptions options_;
  rep::Irreps hidden_;
  std::shared_ptr<nn::O3TensorProduct> embed_;
  std::vector<std::shared_ptr<nn::MessageLayer>> layers_;
  std::shared_ptr<nn::O3TensorProductGate> pre1_, post1_;
  std::shared_ptr<nn::O3TensorProduct> pre2_, post2_;
};

}  // namespace coset::model
