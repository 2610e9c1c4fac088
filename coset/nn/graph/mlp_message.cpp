#include "coset/nn/graph/mlp_message.h"

#include "coset/ops/scatter.h"

namespace coset::nn {

using field::Field;

SteerableMlpMessage::SteerableMlpMessage(const Options& options)
    : hidden_(options.hidden),
      attribute_(options.attribute),
      pair_(options.hidden + options.hidden + options.edge_scalars) {
  const rep::Irreps& h = options.hidden;
  const rep::Irreps& a = options.attribute;
  const std::vector<int> parts(2, static_cast<int>(h.size()));
  message1_ = register_module("message1", std::make_shared<O3TensorProductGate>(pair_.irreps(), a, h));
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
    fused_ = std::make_shared<const ops::GatedMessage>(
        compute::GatedMessageSpec{first, second, *first_gate, *second_gate, static_cast<int>(h.size())});
}

Tensor SteerableMlpMessage::aggregate(const Field& f, const graph::Graph& graph, const Attributes& attributes,
                                      const Tensor& edge_scalars) {
  if (fused_) {
    field::expect_type("nn::SteerableMlpMessage", attribute_, attributes.edge);
    const auto &one = message1_->product(), &two = message2_->product();
    return (*fused_)(graph.edges,
                     {f.data(), edge_scalars, attributes.edge.data(), one->weight, one->bias, two->weight, two->bias});
  }
  const Tensor input = at::cat(
      {ops::gather(f.data(), graph.edges.receiver), ops::gather(f.data(), graph.edges.sender), edge_scalars}, 1);
  Field message = message2_->forward(message1_->forward({pair_, input}, attributes.edge), attributes.edge);
  if (message_norm_) message = message_norm_->forward(message);
  return ops::segment_sum(message.data(), graph.edges.row_start);  // (N, H)
}

std::string SteerableMlpMessage::route() const {
  const std::string message = fused_ ? "fused" : message1_->route() + ", " + message2_->route();
  const char* norm = instance_norm_ ? "; norm fused with its sum" : batch_norm_ ? "; norm apart" : "";
  return "message " + message + "; update " + update1_->route() + ", " + update2_->route() + norm;
}

Field SteerableMlpMessage::forward(const Field& f, const graph::Graph& graph, const Attributes& attributes,
                                   const Tensor& edge_scalars) {
  field::expect_type("nn::SteerableMlpMessage", field::Base::points, hidden_, f);
  const Tensor m = aggregate(f, graph, attributes, edge_scalars);
  const std::vector<Field> both{f, {hidden_, m}};
  const Field update = update2_->forward(update1_->forward(both, attributes.node), attributes.node);
  if (instance_norm_) return instance_norm_->forward(f, update, graph.graph_of_node, graph.num_graphs);
  const Field out{hidden_, f.data() + update.data()};
  return batch_norm_ ? batch_norm_->forward(out) : out;
}

}  // namespace coset::nn
