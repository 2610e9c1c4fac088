#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/compute/gate.h"
#include "coset/deploy/convert.h"
#include "coset/deploy/product_weights.h"
#include "coset/deploy/state_dict.h"
#include "coset/io/atomic_write.h"
#include "coset/io/elements.h"

namespace coset::deploy {

namespace {

using nlohmann::json;

bool residual(const json& config, const char* key) {
  const std::string block = config.value(key, "RealAgnosticResidualInteractionBlock");
  const bool with = block == "RealAgnosticResidualInteractionBlock";
  check(with || block == "RealAgnosticInteractionBlock", "expected a real agnostic interaction block; received '",
        block, "'");
  return with;
}

NetworkOptions options_of(const std::string& path, const StateDict& state) {
  NetworkOptions o;
  try {
    const json config = json::parse(io::read_text_file(path));
    check(config.value("gate", "silu") == "silu" && config.value("radial_type", "bessel") == "bessel" &&
              !config.value("pair_repulsion", false) && config.value("distance_transform", "None") == "None",
          path, ": expected a network with silu, Bessel functions, no pair repulsion and no transform of distances");
    check(residual(config, "interaction_cls"), path, ": expected residual interactions after the first");
    for (const int number : config.at("atomic_numbers")) o.species.push_back(io::element_symbol(number));
    o.cutoff = config.at("r_max");
    o.degree = config.at("max_ell");
    const rep::Irreps hidden(config.at("hidden_irreps").get<std::string>());
    const int layers = config.at("num_interactions");
    check(layers >= 1 && layers <= 100 && hidden.size() > 0, path, ": expected 1 to 100 interactions");
    o.layers.assign(static_cast<std::size_t>(layers), hidden);
    o.layers.back() = rep::Irreps(std::vector<rep::MulIrrep>{hidden[0]});
    o.embedding = o.layers.back();
    std::vector<rep::MulIrrep> interaction;
    for (const auto& block : rep::Irreps::spherical_harmonics(o.degree))
      interaction.push_back({hidden[0].mul, block.irrep});
    o.interaction = rep::Irreps(interaction);
    o.correlation = config.at("correlation");
    o.radial_size = config.at("num_bessel");
    o.envelope_power = config.at("num_polynomial_cutoff");
    o.message_factor = 1.0 / config.at("avg_num_neighbors").get<double>();
    o.first_self_connection = residual(config, "interaction_cls_first");
    o.first_mixes_species = !o.first_self_connection;
  } catch (const json::exception& error) {
    fail(path, ": unreadable MACE options: ", error.what());
  }
  o.embedding_factor = 1.0 / std::sqrt(static_cast<double>(o.species.size()));
  o.radial_prefactor = std::sqrt(2.0 / o.cutoff);
  o.radial_factor = o.activation_factor = compute::kSiluSecondMoment;
  o.self_connection = SelfConnection::species;
  o.flip_vectors = true;
  o.layer_readouts = true;
  o.energy_scale = state.number("scale_shift.scale");
  o.energy_shift = state.number("scale_shift.shift");
  return o;
}

/// A coupling tensor (components, inputs, .., inputs, paths) summed over the orders of its inputs: the coefficients of
/// monomials. The first axis is absent for scalars.
io::Array monomial_basis(const io::Array& u, int dim, int inputs, int degree, const std::string& where) {
  const std::int64_t paths = u.shape.empty() ? 0 : u.shape.back();
  std::int64_t expected = dim * paths;
  for (int d = 0; d < degree; ++d) expected *= inputs;
  check(paths > 0 && u.size() == expected, where, ": expected ", expected, " numbers; received ", u.size());
  const auto all = monomials(inputs, degree);
  std::map<std::array<int, 3>, std::int64_t> place;
  for (std::size_t n = 0; n < all.size(); ++n) place[all[n]] = static_cast<std::int64_t>(n);
  const std::vector<double> from = u.as_doubles();
  const auto size = static_cast<std::int64_t>(all.size());
  std::vector<double> to(static_cast<std::size_t>(dim * size * paths));
  for (std::int64_t at = 0; at < u.size(); ++at) {
    std::int64_t rest = at / paths;
    std::array<int, 3> key{-1, -1, -1};
    for (int d = degree - 1; d >= 0; --d, rest /= inputs)
      key[static_cast<std::size_t>(d)] = static_cast<int>(rest % inputs);
    std::sort(key.begin(), key.begin() + degree);
    to[(rest * size + place.at(key)) * paths + at % paths] += from[at];
  }
  return array_like(u, to, {dim, size, paths});
}

void add_product(const StateDict& state, const NetworkOptions& o, std::size_t t, io::Arrays& weights) {
  const std::string from = "products." + std::to_string(t) + ".";
  const std::string to = "layers." + std::to_string(t) + ".";
  const std::int64_t channels = o.interaction[0].mul;
  const auto inputs = static_cast<int>(o.interaction.dim() / channels);
  const auto species = static_cast<std::int64_t>(o.species.size());
  FlatWeights linear = state.flat(from + "linear.weight");
  for (std::size_t b = 0; b < o.layers[t].size(); ++b) {
    const auto& block = o.layers[t][b];
    weights[to + "linear." + std::to_string(b)] = linear.next({channels, block.mul});
    const std::string contraction = from + "symmetric_contractions.contractions." + std::to_string(b) + ".";
    for (int degree = 1; degree <= o.correlation; ++degree) {
      const std::string u = contraction + "U_matrix_" + std::to_string(degree);
      const io::Array basis = monomial_basis(state.at(u), block.irrep.dim(), inputs, degree, state.where(u));
      const std::string w = degree == o.correlation
                                ? contraction + "weights_max"
                                : contraction + "weights." + std::to_string(o.correlation - 1 - degree);
      const std::string name = to + "product." + std::to_string(b) + ".";
      weights[name + "weight." + std::to_string(degree)] = state.flat(w).next({species, basis.shape[2], channels});
      weights[name + "basis." + std::to_string(degree)] = basis;
    }
  }
  linear.expect_empty();
}

void add_interaction(const StateDict& state, const NetworkOptions& o, std::size_t t, io::Arrays& weights) {
  const std::string from = "interactions." + std::to_string(t) + ".";
  const std::string to = "layers." + std::to_string(t) + ".";
  const rep::Irreps& in = layer_input(o, t);
  const rep::Irreps messages = message_irreps(in, message_paths(o, in, o.interaction));
  const auto species = static_cast<std::int64_t>(o.species.size());
  FlatWeights up = state.flat(from + "linear_up.weight");
  for (std::size_t b = 0; b < in.size(); ++b) weights[to + "up." + std::to_string(b)] = up.next({in[b].mul, in[b].mul});
  up.expect_empty();
  FlatWeights down = state.flat(from + "linear.weight");
  for (std::size_t b = 0; b < messages.size(); ++b)
    weights[to + "down." + std::to_string(b)] = down.next({messages[b].mul, o.interaction.count(messages[b].irrep)});
  down.expect_empty();
  const bool mixes = t == 0 && o.first_mixes_species;
  FlatWeights skip = state.flat(from + "skip_tp.weight");
  const rep::Irreps& skip_in = mixes ? o.interaction : in;
  const rep::Irreps& skip_out = mixes ? o.interaction : o.layers[t];
  for (std::size_t b = 0; b < skip_in.size(); ++b)
    if (skip_out.contains(skip_in[b].irrep))
      weights[to + (mixes ? "mix." : "self.") + std::to_string(b)] =
          skip.next({skip_in[b].mul, species, skip_out.count(skip_in[b].irrep)});
  skip.expect_empty();
  for (std::size_t n = 0; state.find(from + "conv_tp_weights.layer" + std::to_string(n) + ".weight"); ++n)
    weights[to + "radial." + std::to_string(n)] =
        state.at(from + "conv_tp_weights.layer" + std::to_string(n) + ".weight");
}

void add_readout(const StateDict& state, const NetworkOptions& o, std::size_t t, io::Arrays& weights) {
  const std::string from = "readouts." + std::to_string(t) + ".";
  const std::string to = "layers." + std::to_string(t) + ".readout.";
  const std::int64_t scalars = o.layers[t][0].mul;
  if (state.find(from + "linear.weight")) {
    weights[to + "0"] = state.flat(from + "linear.weight").next({scalars, 1});
    return;
  }
  const std::int64_t width = state.at(from + "linear_2.weight").size();
  weights[to + "0"] = state.flat(from + "linear_1.weight").next({scalars, width});
  weights[to + "1"] = state.flat(from + "linear_2.weight").next({width, 1});
}

}  // namespace

PotentialFile convert_mace(const std::string& state_path, const std::string& config_path) {
  const StateDict state(state_path);
  const NetworkOptions o = options_of(config_path, state);
  PotentialFile file;
  file.options = to_json(o);
  const auto species = static_cast<std::int64_t>(o.species.size());
  file.weights["embedding"] = state.flat("node_embedding.linear.weight").next({species, o.embedding.dim()});
  file.weights["shift"] = state.flat("atomic_energies_fn.atomic_energies").next({species});
  for (std::size_t t = 0; t < o.layers.size(); ++t) {
    add_interaction(state, o, t, file.weights);
    add_product(state, o, t, file.weights);
    add_readout(state, o, t, file.weights);
  }
  file.labels = json{{"origin", "MACE state dict " + state_path.substr(state_path.rfind('/') + 1)}}.dump();
  add_example(file, state_path);
  return file;
}

}  // namespace coset::deploy
