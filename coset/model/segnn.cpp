#include "coset/model/segnn.h"

#include <array>

#include "coset/base/error.h"
#include "coset/base/words.h"
#include "coset/model/balanced_irreps.h"

namespace coset::model {

using field::Field;

namespace {

constexpr std::array kVariants{Word{SegnnVariant::segnn, "segnn"}, Word{SegnnVariant::segnn_g, "segnn_g"},
                               Word{SegnnVariant::se_linear, "se_linear"},
                               Word{SegnnVariant::se_nonlinear, "se_nonlinear"}};

bool is_convolution(SegnnVariant variant) {
  return variant == SegnnVariant::se_linear || variant == SegnnVariant::se_nonlinear;
}

const field::FieldType& scalar_one() {
  static const field::FieldType one(rep::Irreps("1x0e"));
  return one;
}

/// The attribute of an ordinary linear layer: one 0e filled with 1.
Field ones(std::int64_t rows, const at::TensorOptions& options) {
  return {scalar_one(), at::ones({rows, 1}, options)};
}

}  // namespace

SegnnVariant parse_segnn_variant(const std::string& name) {
  return parse_word("model::Segnn", name, kVariants);
}

std::string to_string(SegnnVariant variant) {
  return word_of(variant, kVariants);
}

Segnn::Segnn(SegnnOptions options) : options_(std::move(options)) {
  check(options_.layers >= 1, "[model::Segnn] expected layers >= 1; received ", options_.layers);
  const rep::Irreps attribute = rep::Irreps::spherical_harmonics(options_.lmax_attribute);
  hidden_ = weight_balanced_irreps(options_.width, attribute, options_.lmax_hidden);
  embed_ = register_module("embed", std::make_shared<nn::O3TensorProduct>(options_.in, attribute, hidden_));
  build_layers(attribute);
  pre1_ = register_module("pre1", std::make_shared<nn::O3TensorProductGate>(hidden_, attribute, hidden_));
  const rep::Irreps pooled(std::vector<rep::MulIrrep>{{hidden_.num_irreps(), {0, 1}}});
  const rep::Irreps& pre_out = options_.pool == nn::Pool::none ? options_.out : pooled;
  pre2_ = register_module("pre2", std::make_shared<nn::O3TensorProduct>(hidden_, attribute, pre_out));
  if (options_.pool == nn::Pool::none) return;
  post1_ = register_module("post1", std::make_shared<nn::O3TensorProductGate>(pooled, scalar_one().irreps(), pooled));
  post2_ = register_module("post2", std::make_shared<nn::O3TensorProduct>(pooled, scalar_one().irreps(), options_.out));
}

void Segnn::build_layers(const rep::Irreps& attribute) {
  for (std::int64_t i = 0; i < options_.layers; ++i) {
    std::shared_ptr<nn::MessageLayer> layer;
    if (is_convolution(options_.variant))
      layer = std::make_shared<nn::SteerableConvMessage>(
          hidden_, attribute, options_.edge_scalars,
          options_.variant == SegnnVariant::se_nonlinear ? nn::ConvKernel::nonlinear : nn::ConvKernel::linear);
    else
      layer = std::make_shared<nn::SteerableMlpMessage>(
          nn::SteerableMlpMessage::Options{hidden_, attribute, options_.edge_scalars, options_.norm});
    layers_.push_back(register_module("layer" + std::to_string(i), layer));
  }
}

Field Segnn::read_out(const Field& f, const graph::Graph& graph, const nn::Attributes& attributes) const {
  const Field nodes = pre2_->forward(pre1_->forward(f, attributes.node), attributes.node);
  if (options_.pool == nn::Pool::none) return nodes;
  const Field pooled = nn::pool_nodes(nodes, graph.graph_of_node, graph.num_graphs, options_.pool);
  const Field one = ones(graph.num_graphs, pooled.data().options());
  return post2_->forward(post1_->forward(pooled, one), one);
}

Field Segnn::forward(const Field& x, const graph::Graph& graph, const nn::Attributes& attributes,
                     const Tensor& edge_scalars) {
  check(edge_scalars.dim() == 2 && edge_scalars.size(0) == graph.num_edges() &&
            edge_scalars.size(1) == options_.edge_scalars.dim(),
        "[model::Segnn] expected edge scalars (", graph.num_edges(), ", ", options_.edge_scalars.dim(), "); received ",
        shape_text(edge_scalars.sizes()));
  Field f = embed_->forward(x, attributes.node);
  for (const auto& layer : layers_) f = layer->forward(f, graph, attributes, edge_scalars);
  return read_out(f, graph, attributes);
}

std::vector<std::pair<std::string, std::string>> Segnn::routes() const {
  std::vector<std::pair<std::string, std::string>> routes{{"embed", embed_->route()}};
  for (const auto& layer : layers_) routes.emplace_back("layer" + std::to_string(routes.size() - 1), layer->route());
  routes.emplace_back("pre1", pre1_->route());
  routes.emplace_back("pre2", pre2_->route());
  if (post1_) routes.emplace_back("post1", post1_->route());
  if (post2_) routes.emplace_back("post2", post2_->route());
  return routes;
}

}  // namespace coset::model
