/// Convolution of graphs with a kernel R(|r|) Y(r): the interaction of Tensor field networks, NequIP and MACE.
#pragma once

#include "coset/field/field.h"
#include "coset/graph/graph.h"
#include "coset/nn/graph/radial_embedding.h"
#include "coset/ops/tensor_product_conv.h"

namespace coset::nn {

/// z_i = n^(-1/2) sum over edges j -> i of TP(x_j, a_ij; R(|r_ij|))
///
/// TP: every path of the channel-wise product (uvu) that ends in an irrep of `out`, each path a block of its own; R gives
/// the weights of all paths; a_ij are an edge's harmonics. No message is written to memory. NequIP's interaction is
/// Linear, this layer, Linear. Source: Thomas et al., arXiv 1802.08219, section 4; Batzner et al., arXiv 2101.03164,
/// equations 5 to 8.
class TensorProductConv : public torch::nn::Module {
 public:
  struct Options {
    rep::Irreps in;
    rep::Irreps attribute;  ///< of edges: Irreps::spherical_harmonics(lmax)
    rep::Irreps out;        ///< which irreps are kept; multiplicities are those of `in`, once per path
    RadialOptions radial{};
    double neighbours = 1.0;  ///< n: the average number of edges of a node
  };
  /// @throws coset::Error when no path ends in `out`, on n <= 0, and where RadialEmbedding does
  explicit TensorProductConv(const Options& options);

  /// @param x (N, in)   @param attribute (E, attribute)   @param distance (E)   @return (N, out())
  /// Values, first and second derivatives with respect to all of them. @throws coset::Error on other types or shapes
  field::Field forward(const field::Field& x, const graph::Graph& graph, const field::Field& attribute,
                       const Tensor& distance);

  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }
  const rep::TensorProductPlan& plan() const { return conv_->plan(); }

 private:
  field::FieldType in_, attribute_, out_;
  double scale_;
  ops::ConvPtr conv_;
  std::shared_ptr<RadialEmbedding> radial_;
};

}  // namespace coset::nn
