#include "coset/model/segnn.h"

#include <array>

#include "coset/base/error.h"
#include "coset/model/balanced_irreps.h"

namespace coset::model {

using field::SteerableTensor;

namespace {

const std::array<std::string, 4> kVariantNames{"segnn", "segnn_g", "se_linear", "se_nonlinear"};

bool is_convolution(SegnnVariant variant) {
  return variant == SegnnVariant::se_linear || variant == SegnnVariant::se_nonlinear;
}

const rep::Irreps& scalar_one() {
  static const rep::Irreps one("1x0e");
  return one;
}

/// The attribute of an ordinary linear layer: one 0e filled with 1.
SteerableTensor ones(std::int64_t rows, const at::TensorOptions& options) {
  return {scalar_one(), at::ones({rows, 1}, options)};
}

}  // namespace

SegnnVariant parse_segnn_variant(const std::string& name) {
  for (std::size_t i = 0; i < kVariantNames.size(); ++i)
    if (name == kVariantNames[i]) return static_cast<SegnnVariant>(i);
  const std::string nearest = nearest_word(name, kVariantNames);
  fail("[model::Segnn] unknown model '", name, "'; expected segnn, segnn_g, se_linear or se_nonlinear",
       nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

std::string to_string(SegnnVariant variant) {
  return kVariantNames[static_cast<std::size_t>(variant)];
}

Segnn::Segnn(SegnnOptions options) : options_(std::move(options)) {
  check(options_.layers >= 1, "[model::Segnn] expected layers >= 1; received ", options_.layers);
  const rep::Irreps attribute = rep::Irreps::spherical_harmonics(options_.lmax_attribute);
  hidden_ = weight_balanced_irreps(options_.width, attribute, options_.lmax_hidden);
  embed_ = register_module("embed", std::make_shared<nn::O3TensorProduct>(options_.in, attribute, hidden_));
  build_layers(attribute);
  pre1_ = register_module("pre1", std::make_shared<nn::O3TensorProductGate>(hidden_, attribute, hidden_));
  const rep::Irreps pooled(std::vector<rep::MulIrrep>{{hidden_.num_irreps(), {0, 1}}});
  const rep::Irreps& pre_out = options_.pool == Pool::none ? options_.out : pooled;
  pre2_ = register_module("pre2", std::make_shared<nn::O3TensorProduct>(hidden_, attribute, pre_out));
  if (options_.pool == Pool::none) return;
  post1_ = register_module("post1", std::make_shared<nn::O3TensorProductGate>(pooled, scalar_one(), pooled));
  post2_ = register_module("post2", std::make_shared<nn::O3TensorProduct>(pooled, scalar_one(), options_.out));
}

void Segnn::build_layers(const rep::Irreps& attribute) {
  for (std::int64_t i = 0; i < options_.layers; ++i) {
    const std::string name = "layer" + std::to_string(i);
    if (is_convolution(options_.variant))
      convolutions_.push_back(
          register_module(name, std::make_shared<nn::SeConvLayer>(hidden_, attribute, options_.edge_scalars,
                                                                  options_.variant == SegnnVariant::se_nonlinear)));
    else
      layers_.push_back(register_module(name, std::make_shared<nn::SegnnLayer>(nn::SegnnLayer::Options{
                                                  hidden_, attribute, options_.edge_scalars, options_.norm})));
  }
}

SteerableTensor Segnn::read_out(const SteerableTensor& f, const graph::Graph& graph,
                                const nn::Attributes& attributes) const {
  const SteerableTensor nodes = pre2_->forward(pre1_->forward(f, attributes.node), attributes.node);
  if (options_.pool == Pool::none) return nodes;
  Tensor pooled = at::zeros({graph.num_graphs, nodes.data().size(1)}, nodes.data().options())
                      .index_add(0, graph.graph_of_node, nodes.data());
  if (options_.pool == Pool::mean) {
    const Tensor size = at::zeros({graph.num_graphs}, pooled.options())
                            .index_add(0, graph.graph_of_node, at::ones({graph.num_nodes}, pooled.options()));
    pooled = pooled / size.clamp_min(1.0).unsqueeze(1);
  }
  const SteerableTensor one = ones(graph.num_graphs, pooled.options());
  return post2_->forward(post1_->forward({nodes.irreps(), pooled}, one), one);
}

SteerableTensor Segnn::forward(const SteerableTensor& x, const graph::Graph& graph, const nn::Attributes& attributes,
                               const Tensor& edge_scalars) {
  check(edge_scalars.dim() == 2 && edge_scalars.size(0) == graph.num_edges() &&
            edge_scalars.size(1) == options_.edge_scalars.dim(),
        "[model::Segnn] expected edge scalars (", graph.num_edges(), ", ", options_.edge_scalars.dim(), "); received ",
        shape_text(edge_scalars.sizes()));
  SteerableTensor f = embed_->forward(x, attributes.node);
  for (const auto& layer : layers_) f = layer->forward(f, graph, attributes, edge_scalars);
  for (const auto& layer : convolutions_) f = layer->forward(f, graph, attributes, edge_scalars);
  return read_out(f, graph, attributes);
}

std::vector<std::pair<std::string, std::string>> Segnn::routes() const {
  std::vector<std::pair<std::string, std::string>> routes{{"embed", embed_->route()}};
  for (const auto& layer : layers_) routes.emplace_back("layer" + std::to_string(routes.size() - 1), layer->route());
  for (const auto& layer : convolutions_)
    routes.emplace_back("layer" + std::to_string(routes.size() - 1), layer->route());
  routes.emplace_back("pre1", pre1_->route());
  routes.emplace_back("pre2", pre2_->route());
  if (post1_) routes.emplace_back("post1", post1_->route());
  if (post2_) routes.emplace_back("post2", post2_->route());
  return routes;
}

std::int64_t count_parameters(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const Tensor& parameter : module.parameters()) count += parameter.numel();
  return count;
}

}  // namespace coset::model
