#include "coset/nn/message/segnn_layer.h"

#include "coset/ops/scatter.h"

namespace coset::nn {

using field::SteerableTensor;

SegnnLayer::SegnnLayer(const Options& options) : options_(options) {
  const rep::Irreps& h = options.hidden;
  const rep::Irreps& a = options.attribute;
  const std::vector<int> parts(2, static_cast<int>(h.size()));
  message1_ = register_module("message1", std::make_shared<O3TensorProductGate>(h + h + options.edge_scalars, a, h));
  message2_ = register_module("message2", std::make_shared<O3TensorProductGate>(h, a, h));
  update1_ = register_module("update1", std::make_shared<O3TensorProductGate>(h + h, a, h, parts));
  update2_ = register_module("update2", std::make_shared<O3TensorProduct>(h, a, h));
  if (options.norm == FeatureNorm::batch) {
    message_norm_ = register_module("message_norm", std::make_shared<BatchNorm>(h));
    batch_norm_ = register_module("norm", std::make_shared<BatchNorm>(h));
  } else if (options.norm == FeatureNorm::instance) {
    instance_norm_ = register_module("norm", std::make_shared<InstanceNorm>(h));
  }
  const auto& first = message1_->product()->plan();
  const auto& second = message2_->product()->plan();
  const auto first_gate = message1_->gate()->fused_shape();
  const auto second_gate = message2_->gate()->fused_shape();
  if (first_gate && second_gate && !message_norm_ && compute::GatedProduct::fits(first) &&
      compute::GatedProduct::fits(second))
    fused_ = std::make_shared<const ops::SegnnMessage>(
        compute::SegnnMessageSpec{first, second, *first_gate, *second_gate, static_cast<int>(h.size())});
}

Tensor SegnnLayer::aggregate(const SteerableTensor& f, const graph::Graph& graph, const Attributes& attributes,
                             const Tensor& edge_scalars) {
  if (fused_) {
    field::expect_irreps("nn::SegnnLayer", options_.attribute, attributes.edge);
    const auto &one = message1_->product(), &two = message2_->product();
    return (*fused_)(graph.edges,
                     {f.data(), edge_scalars, attributes.edge.data(), one->weight, one->bias, two->weight, two->bias});
  }
  const Tensor input = at::cat(
      {ops::gather(f.data(), graph.edges.receiver), ops::gather(f.data(), graph.edges.sender), edge_scalars}, 1);
  const SteerableTensor pair{options_.hidden + options_.hidden + options_.edge_scalars, input};
  SteerableTensor message = message2_->forward(message1_->forward(pair, attributes.edge), attributes.edge);
  if (message_norm_) message = message_norm_->forward(message);
  return ops::segment_sum(message.data(), graph.edges.row_start);  // (N, H)
}

std::string SegnnLayer::route() const {
  const std::string message = fused_ ? "fused" : message1_->route() + ", " + message2_->route();
  const char* norm = instance_norm_ ? "; norm fused with its sum" : batch_norm_ ? "; norm apart" : "";
  return "message " + message + "; update " + update1_->route() + ", " + update2_->route() + norm;
}

SteerableTensor SegnnLayer::forward(const SteerableTensor& f, const graph::Graph& graph, const Attributes& attributes,
                                    const Tensor& edge_scalars) {
  field::expect_irreps("nn::SegnnLayer", options_.hidden, f);
  const Tensor m = aggregate(f, graph, attributes, edge_scalars);
  const std::vector<SteerableTensor> both{f, {options_.hidden, m}};
  const SteerableTensor update = update2_->forward(update1_->forward(both, attributes.node), attributes.node);
  if (instance_norm_) return instance_norm_->forward(f, update, graph.graph_of_node, graph.num_graphs);
  const SteerableTensor out{options_.hidden, f.data() + update.data()};
  return batch_norm_ ? batch_norm_->forward(out) : out;
}

}  // namespace coset::nn
