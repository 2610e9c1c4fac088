#include "coset/model/nbody_model.h"

#include "coset/base/error.h"
#include "coset/ops/scatter.h"

namespace coset::model {

namespace {

Tensor length(const Tensor& vectors) {
  // The clamp keeps the derivative finite where particles coincide.
  return (vectors * vectors).sum(-1, true).clamp_min(1e-24).sqrt();
}

}  // namespace

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
  const Tensor centred = (batch.positions - batch.positions.mean(1, true)).reshape({-1, 3});
  const Tensor velocities = batch.velocities.reshape({-1, 3});
  const Tensor charges = batch.charges.reshape({-1, 1});
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
  return batch.positions + displacement.reshape(sizes);
}

}  // namespace coset::model
