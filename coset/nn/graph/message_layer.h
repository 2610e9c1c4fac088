/// What every layer of message passing on steerable features is to the network around it.
#pragma once

#include <string>

#include "coset/graph/graph.h"
#include "coset/nn/graph/attributes.h"

namespace coset::nn {

/// Node features -> node features of the same type: messages m_ij of an edge's two ends, its attributes and invariants,
/// their sum over the incoming edges, and an update.
class MessageLayer : public torch::nn::Module {
 public:
  /// @param f (N, C)   @param edge_scalars (E, number of invariants): distances, products of masses, ...
  /// @return (N, C); @throws coset::Error on another type
  virtual field::Field forward(const field::Field& f, const graph::Graph& graph, const Attributes& attributes,
                               const Tensor& edge_scalars) = 0;
  /// Which kernels run: "message fused, update fused with gate, fused".
  virtual std::string route() const = 0;
};

}  // namespace coset::nn
