#include "coset/nn/message/se_conv_layer.h"

#include "coset/ops/scatter.h"

namespace coset::nn {

using field::SteerableTensor;

SeConvLayer::SeConvLayer(const rep::Irreps& hidden, const rep::Irreps& attribute, const rep::Irreps& edge_scalars,
                         bool nonlinear)
    : hidden_(hidden), pair_(hidden + hidden + edge_scalars) {
  gate_ = register_module("gate", make_swish_gate(hidden));
  if (nonlinear) inner_ = register_module("inner", std::make_shared<O3TensorProductGate>(pair_, attribute, hidden));
  kernel_ =
      register_module("kernel", std::make_shared<O3TensorProduct>(nonlinear ? hidden : pair_, attribute, gate_->in()));
  norm_ = register_module("norm", std::make_shared<InstanceNorm>(hidden));
}

std::string SeConvLayer::route() const {
  return "message " + (inner_ ? inner_->route() + ", " : std::string()) + kernel_->route() +
         "; gate apart; norm fused with its sum";
}

SteerableTensor SeConvLayer::forward(const SteerableTensor& f, const graph::Graph& graph, const Attributes& attributes,
                                     const Tensor& edge_scalars) {
  field::expect_irreps("nn::SeConvLayer", hidden_, f);
  SteerableTensor input{pair_, at::cat({ops::gather(f.data(), graph.edges.receiver),
                                        ops::gather(f.data(), graph.edges.sender), edge_scalars},
                                       1)};
  if (inner_) input = inner_->forward(input, attributes.edge);
  const Tensor sum = ops::segment_sum(kernel_->forward(input, attributes.edge).data(), graph.edges.row_start);
  const SteerableTensor update = gate_->forward({gate_->in(), sum});
  return norm_->forward(f, update, graph.graph_of_node, graph.num_graphs);
}

}  // namespace coset::nn
