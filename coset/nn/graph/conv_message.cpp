#include "coset/nn/graph/conv_message.h"

#include "coset/compute/kernel_report.h"
#include "coset/ops/columns.h"
#include "coset/ops/scatter.h"

namespace coset::nn {

using field::Field;

SteerableConvMessage::SteerableConvMessage(const rep::Irreps& hidden, const rep::Irreps& attribute,
                                           const rep::Irreps& edge_scalars, ConvKernel kernel)
    : hidden_(hidden), pair_(hidden + hidden + edge_scalars) {
  const rep::Irreps& pair = pair_.irreps();
  const bool nonlinear = kernel == ConvKernel::nonlinear;
  gate_ = register_module("gate", make_swish_gate(hidden));
  if (nonlinear) inner_ = register_module("inner", std::make_shared<O3TensorProductGate>(pair, attribute, hidden));
  kernel_ = register_module(
      "kernel", std::make_shared<O3TensorProduct>(nonlinear ? hidden : pair, attribute, gate_->in().irreps()));
  const auto blocks = static_cast<int>(hidden.size());
  if (!nonlinear && ops::MixedConv::fits(kernel_->plan(), blocks))
    mixed_ = std::make_shared<const ops::MixedConv>(kernel_->plan(), blocks);
  bias_columns_ = ops::scalar_columns(gate_->in().irreps());
  norm_ = register_module("norm", std::make_shared<InstanceNorm>(hidden));
}

std::string SteerableConvMessage::route() const {
  const std::string message = mixed_ ? mixed_->route() : (inner_ ? inner_->route() + ", " : "") + kernel_->route();
  return "message " + message + "; gate apart; norm fused with its sum";
}

Tensor SteerableConvMessage::summed(const Field& f, const graph::Graph& graph, const Attributes& attributes,
                                    const Tensor& edge_scalars) {
  const ops::Edges& edges = graph.edges;
  if (mixed_ && compute::resolved() != compute::Route::reference) {
    field::expect_type("nn::SteerableConvMessage", kernel_->attribute(), attributes.edge);
    const Tensor z = (*mixed_)(edges, f.data(), edge_scalars, attributes.edge.data(), kernel_->weight);
    const Tensor degree = edges.row_start.diff().to(z.scalar_type());
    return z + ops::spread_scalars(at::outer(degree, kernel_->bias), bias_columns_, z.size(1));
  }
  Field input{pair_,
              at::cat({ops::gather(f.data(), edges.receiver), ops::gather(f.data(), edges.sender), edge_scalars}, 1)};
  if (inner_) input = inner_->forward(input, attributes.edge);
  return ops::segment_sum(kernel_->forward(input, attributes.edge).data(), edges.row_start);
}

Field SteerableConvMessage::forward(const Field& f, const graph::Graph& graph, const Attributes& attributes,
                                    const Tensor& edge_scalars) {
  field::expect_type("nn::SteerableConvMessage", field::Base::points, hidden_, f);
  const Field update = gate_->forward({gate_->in(), summed(f, graph, attributes, edge_scalars)});
  return norm_->forward(f, update, graph.graph_of_node, graph.num_graphs);
}

}  // namespace coset::nn
