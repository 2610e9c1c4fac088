#include "coset/model/nbody_model.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/model/balanced_irreps.h"
#include "coset/ops/scatter.h"

namespace coset::model {

namespace {

Tensor length(const Tensor& vectors) {
  // The clamp keeps the derivative finite where particles coincide.
  return (vectors * vectors).sum(-1, true).clamp_min(1e-24).sqrt();
}

Settings declared_options() {
  const auto whole = [](std::int64_t value) { return value; };
  return Settings({{.name = "variant",
                    .value = std::string("segnn"),
                    .help = "network",
                    .choices = {"segnn", "segnn_g", "se_linear", "se_nonlinear"}},
                   {.name = "width",
                    .value = whole(0),
                    .help = "hidden width, weight-balanced into irreps; 0: the published one",
                    .least = 0,
                    .most = 4096},
                   {.name = "layers", .value = whole(4), .help = "message-passing layers", .least = 1, .most = 256},
                   {.name = "lmax_hidden",
                    .value = whole(-1),
                    .help = "largest degree of hidden features; -1: the published one",
                    .least = -1,
                    .most = 11},
                   {.name = "lmax_attribute",
                    .value = whole(-1),
                    .help = "largest degree of the attributes; -1: the published one",
                    .least = -1,
                    .most = 11}});
}

/// Every layer holds at least one product of the hidden irreps with the attribute onto themselves, which has at least
/// width^2 weights and one for every path.
std::int64_t least_weights(const Settings& settings) {
  const NBodyModelOptions o = nbody_model_options(settings);
  const auto degrees = std::min(o.lmax_hidden, o.lmax_attribute) + 1;
  return o.layers * std::max<std::int64_t>(o.width * o.width, degrees * degrees);
}

}  // namespace

Architecture nbody_architecture() {
  return {.name = "nbody",
          .about = "SEGNN and its ablations on charged particles",
          .options = declared_options,
          .build = [](const Settings& options) -> std::shared_ptr<Model> {
            return std::make_shared<NBodyModel>(nbody_model_options(options));
          },
          .resolve = [](const Settings& options) { return nbody_model_settings(nbody_model_options(options)); },
          .least_weights = least_weights};
}

NBodyModelOptions nbody_model_options(const Settings& settings) {
  NBodyModelOptions options = published_nbody_options(parse_segnn_variant(settings.text("variant")));
  if (const auto width = settings.integer("width"); width > 0) options.width = width;
  options.layers = settings.integer("layers");
  const auto degree = [&](const char* name, int& value) {
    if (const auto chosen = settings.integer(name); chosen >= 0) value = static_cast<int>(chosen);
  };
  degree("lmax_hidden", options.lmax_hidden);
  degree("lmax_attribute", options.lmax_attribute);
  return options;
}

Settings nbody_model_settings(const NBodyModelOptions& options) {
  Settings settings = declared_options();
  settings.apply({{"variant", to_string(options.variant)},
                  {"width", std::to_string(options.width)},
                  {"layers", std::to_string(options.layers)},
                  {"lmax_hidden", std::to_string(options.lmax_hidden)},
                  {"lmax_attribute", std::to_string(options.lmax_attribute)}},
                 "options");
  return settings;
}

NBodyModelOptions published_nbody_options(SegnnVariant variant) {
  NBodyModelOptions options{.variant = variant};
  if (variant == SegnnVariant::se_linear) {
    options.lmax_hidden = options.lmax_attribute = 2;
    options.width = 80;
  }
  return options;
}

NBodyModel::NBodyModel(const NBodyModelOptions& options) : options_(options) {
  SegnnOptions network;
  network.variant = options.variant;
  network.in = rep::Irreps("2x1o+1x0e");
  network.out = rep::Irreps("1x1o");
  network.edge_scalars = rep::Irreps("2x0e");
  network.lmax_hidden = options.lmax_hidden;
  network.lmax_attribute = options.lmax_attribute;
  network.width = options.width;
  network.layers = options.layers;
  network_ = register_module("network", std::make_shared<Segnn>(network));
  weight_ = network_->parameters().front();
}

Signature NBodyModel::signature() const {
  using field::Action;
  const std::vector<std::string> vectors{"B", "n", "3"};
  Signature signature;
  signature.inputs = {{.name = "positions", .shape = vectors, .unit = "simulation length", .action = Action::position},
                      {.name = "velocities",
                       .shape = vectors,
                       .unit = "length per unit time",
                       .action = Action::direction,
                       .type = rep::Irreps("1o")},
                      {.name = "charges", .shape = {"B", "n"}, .unit = "+-1"}};
  signature.outputs = {{.name = "positions",
                        .shape = vectors,
                        .unit = "simulation length, 1 unit time later",
                        .action = Action::position}};
  signature.rotations = signature.reflections = signature.translations = signature.permutations = true;
  return signature;
}

NamedValues NBodyModel::forward(const NamedValues& inputs) {
  field::expect_inputs("model::NBodyModel", signature(), inputs);
  return {{"positions", forward(NBodyBatch{inputs.at("positions"), inputs.at("velocities"), inputs.at("charges")})}};
}

std::string NBodyModel::types() const {
  return nlohmann::json{{"in", network_->options().in.to_string()},
                        {"hidden", network_->hidden().to_string()},
                        {"out", network_->options().out.to_string()}}
      .dump();
}

std::shared_ptr<const graph::Graph> NBodyModel::graph_for(std::int64_t systems, std::int64_t particles) {
  constexpr std::size_t kShapes = 4;
  const std::scoped_lock lock(graphs_lock_);
  for (const auto& known : graphs_)
    if (known->num_graphs == systems && known->num_nodes == systems * particles) return known;
  if (graphs_.size() == kShapes) graphs_.pop_back();
  const auto made = std::make_shared<const graph::Graph>(graph::fully_connected_batch(systems, particles));
  return *graphs_.insert(graphs_.begin(), made);
}

Tensor NBodyModel::forward(const NBodyBatch& batch) {
  const auto sizes = batch.positions.sizes();
  check(sizes.size() == 3 && sizes[2] == 3 && batch.velocities.sizes() == sizes && batch.charges.dim() == 2 &&
            batch.charges.size(0) == sizes[0] && batch.charges.size(1) == sizes[1],
        "[model::NBodyModel] expected positions and velocities (B, n, 3) and charges (B, n); received ",
        shape_text(sizes), ", ", shape_text(batch.velocities.sizes()), ", ", shape_text(batch.charges.sizes()));
  if (batch.positions.numel() == 0) return batch.positions;
  const std::shared_ptr<const graph::Graph> shared = graph_for(sizes[0], sizes[1]);
  const graph::Graph& graph = *shared;
  const auto own = weight_.scalar_type();
  const Tensor centred = (batch.positions - batch.positions.mean(1, true)).reshape({-1, 3}).to(own);
  const Tensor velocities = batch.velocities.reshape({-1, 3}).to(own);
  const Tensor charges = batch.charges.reshape({-1, 1}).to(own);
  const Tensor relative = graph::edge_vectors(graph, centred);
  const Tensor charge_product =
      charges.index_select(0, graph.edges.sender) * charges.index_select(0, graph.edges.receiver);
  const Tensor edge_scalars = at::cat({length(relative), charge_product}, 1);
  const bool physical = options_.variant != SegnnVariant::segnn_g;
  const nn::Attributes attributes =
      nn::make_attributes(graph, relative, physical ? velocities : Tensor(), options_.lmax_attribute,
                          compute::HarmonicsNormalization::integral);
  const field::Field x{network_->options().in, at::cat({centred, velocities, length(velocities)}, 1)};
  const Tensor displacement = network_->forward(x, graph, attributes, edge_scalars).data();
  return batch.positions + displacement.reshape(sizes).to(batch.positions.scalar_type());
}

}  // namespace coset::model
