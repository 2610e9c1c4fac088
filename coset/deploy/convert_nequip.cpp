#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "coset/base/error.h"
#include "coset/compute/gate.h"
#include "coset/deploy/convert.h"
#include "coset/deploy/convert_parts.h"
#include "coset/deploy/state_dict.h"
#include "coset/io/atomic_write.h"

namespace coset::deploy {

namespace {

using nlohmann::json;

/// Features of each layer: all irreps up to l_max that the layer's product reaches, even before odd.
std::vector<rep::Irreps> layer_irreps(const NetworkOptions& o, int layers, std::int64_t features) {
  std::vector<rep::Irreps> out;
  std::vector<rep::MulIrrep> all;
  for (int l = 0; l <= o.degree; ++l)
    for (const int p : o.parity ? std::vector<int>{1, -1} : std::vector<int>{1}) all.push_back({features, {l, p}});
  for (int t = 0; t < layers; ++t) {
    const rep::Irreps& in = t == 0 ? o.embedding : out.back();
    std::vector<rep::MulIrrep> kept;
    for (const auto& block : all)
      if (t + 1 < layers ? !unsorted_message_paths(o, in, rep::Irreps(std::vector{block})).empty()
                         : block.irrep.is_scalar())
        kept.push_back(block);
    out.emplace_back(kept);
  }
  return out;
}

NetworkOptions options_of(const std::string& path, const StateDict& state) {
  NetworkOptions o;
  try {
    const json config = json::parse(io::read_text_file(path));
    o.species = config.at("type_names").get<std::vector<std::string>>();
    o.cutoff = config.at("r_max");
    o.degree = config.at("l_max");
    o.parity = config.at("parity");
    const std::int64_t features = config.at("num_features");
    o.embedding =
        rep::Irreps(std::vector<rep::MulIrrep>{{state.at("type_embed.embed_module.weight").shape.at(1), {0, 1}}});
    o.layers = layer_irreps(o, config.at("num_layers"), features);
    o.radial_size = config.value("num_bessels", 8);
    o.radial_trained = config.value("bessel_trainable", false);
    o.envelope_power = config.value("polynomial_cutoff_p", 6.0);
    o.message_factor = 1.0 / std::sqrt(config.at("avg_num_neighbors").get<double>());
  } catch (const json::exception& error) {
    fail(path, ": unreadable NequIP options: ", error.what());
  }
  o.radial_prefactor = 2.0 / o.cutoff;
  o.radial_scaling = RadialScaling::fan_in_relu;
  o.activation_factor = compute::kSiluSecondMoment;
  o.self_connection = SelfConnection::species;
  o.first_self_connection = false;
  return o;
}

void add_layer(const StateDict& state, const NetworkOptions& o, std::size_t t, io::Arrays& weights) {
  const std::string from = "layer" + std::to_string(t) + "_convnet.conv.";
  const std::string to = "layers." + std::to_string(t) + ".";
  const rep::Irreps& in = layer_input(o, t);
  const rep::Irreps before = before_gate(o.layers[t]);
  const rep::Irreps messages = message_irreps(in, message_paths(o, in, o.layers[t]));
  FlatWeights up = state.flat(from + "linear_1.weight");
  for (std::size_t b = 0; b < in.size(); ++b) weights[to + "up." + std::to_string(b)] = up.next({in[b].mul, in[b].mul});
  up.expect_empty();
  FlatWeights down = state.flat(from + "linear_2.weight");
  for (std::size_t b = 0; b < messages.size(); ++b)
    weights[to + "down." + std::to_string(b)] = down.next({messages[b].mul, before.count(messages[b].irrep)});
  down.expect_empty();
  if (t > 0) {
    FlatWeights self = state.flat(from + "sc.weight");
    const std::int64_t attributes = o.embedding.dim();
    for (std::size_t b = 0; b < in.size(); ++b)
      if (before.contains(in[b].irrep))
        weights[to + "self." + std::to_string(b)] = self.next({in[b].mul, attributes, before.count(in[b].irrep)});
    self.expect_empty();
  }
  const std::string radial = from + "edge_mlp.mlp.";
  std::size_t count = 0;
  while (state.find(radial + std::to_string(2 * count) + ".weight")) ++count;
  check(count >= 2, state.where(radial + "2.weight"), " is missing");
  for (std::size_t n = 0; n < count; ++n) {
    const std::string key = radial + std::to_string(2 * n) + ".weight";
    const io::Array& matrix = state.at(key);
    weights[to + "radial." + std::to_string(n)] =
        n + 1 < count ? matrix : sort_path_columns(matrix, o, t, state.where(key), [](int, int, int) { return 1.0; });
  }
}

}  // namespace

PotentialFile convert_nequip(const std::string& state_path, const std::string& config_path) {
  const StateDict state(state_path);
  const NetworkOptions o = options_of(config_path, state);
  PotentialFile file;
  file.options = to_json(o);
  const auto species = static_cast<std::int64_t>(o.species.size());
  file.weights["embedding"] = state.flat("type_embed.embed_module.weight").next({species, o.embedding.dim()});
  file.weights["attributes"] = file.weights["embedding"];
  if (o.radial_trained) {
    const io::Array& numbers = state.at("bessel_encode.bessel_weights");
    std::vector<double> frequencies = numbers.as_doubles();
    for (double& k : frequencies) k *= std::numbers::pi / o.cutoff;
    file.weights["radial.frequencies"] = array_like(numbers, frequencies, {o.radial_size});
  }
  for (std::size_t t = 0; t < o.layers.size(); ++t) add_layer(state, o, t, file.weights);
  const std::string readout = "per_atom_energy_readout.mlp_module.mlp.0.weight";
  file.weights["readout.0"] = state.flat(readout).next({o.layers.back()[0].mul, 1});
  for (const auto& [ours, theirs] : {std::pair("scale", "scales"), std::pair("shift", "shifts")})
    if (state.find(std::string("per_type_energy_scale_shift.") + theirs))
      file.weights[ours] = state.flat(std::string("per_type_energy_scale_shift.") + theirs).next({species});
  file.labels = json{{"origin", "NequIP state dict " + state_path.substr(state_path.rfind('/') + 1)}}.dump();
  add_example(file, state_path);
  return file;
}

}  // namespace coset::deploy
