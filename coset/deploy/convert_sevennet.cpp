#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/compute/gate.h"
#include "coset/deploy/convert.h"
#include "coset/deploy/convert_parts.h"
#include "coset/io/elements.h"
#include "coset/io/pickle.h"
#include "coset/rep/wigner_3j.h"

namespace coset::deploy {

namespace {

using nlohmann::json;

/// A part of the checkpoint, with messages that name the file and the key.
class Section {
 public:
  Section(const io::PickleValue* value, std::string path) : value_(value), path_(std::move(path)) {}

  const io::PickleValue& at(const std::string& key) const {
    const io::PickleValue* found = value_ ? value_->find(key) : nullptr;
    check(found != nullptr, path_, ": expected a SevenNet checkpoint; '", key, "' is missing");
    return *found;
  }
  bool has(const std::string& key) const { return value_ && value_->find(key); }
  Section section(const std::string& key) const { return {&at(key), path_}; }

  template <class T>
  const T& get(const std::string& key) const {
    const T* value = at(key).template get<T>();
    check(value != nullptr, path_, ": expected another type of '", key, "'; received ", at(key).kind());
    return *value;
  }
  double real(const std::string& key) const {
    if (const auto* whole = at(key).get<std::int64_t>()) return static_cast<double>(*whole);
    return get<double>(key);
  }
  /// @throws coset::Error unless a present key has the value
  template <class T>
  void expect(const std::string& key, const T& value) const {
    check(!has(key) || get<T>(key) == value, path_, ": expected a network with '", key, "' = ", value);
  }
  const std::string& path() const { return path_; }

 private:
  const io::PickleValue* value_;
  std::string path_;
};

std::vector<std::string> species_of(const Section& config) {
  std::vector<std::string> species(static_cast<std::size_t>(config.get<std::int64_t>("_number_of_species")));
  for (const auto& [number, index] : config.get<io::PickleDict>("_type_map").items) {
    const auto* z = number->get<std::int64_t>();
    const auto* i = index->get<std::int64_t>();
    check(z && i && *i >= 0 && *i < std::ssize(species), config.path(), ": unreadable '_type_map'");
    species[static_cast<std::size_t>(*i)] = io::element_symbol(static_cast<int>(*z));
  }
  for (const auto& symbol : species) check(!symbol.empty(), config.path(), ": '_type_map' leaves out a species");
  return species;
}

void set_envelope(const Section& config, NetworkOptions& o) {
  const Section cut = config.section("cutoff_function");
  const auto& name = cut.get<std::string>("cutoff_function_name");
  if (name == "XPLOR") {
    o.envelope = Envelope::xplor;
    o.envelope_start = cut.real("cutoff_on");
    return;
  }
  check(name == "poly_cut", config.path(), ": expected cutoff function XPLOR or poly_cut; received '", name, "'");
  o.envelope_power = cut.real("poly_cut_p_value");
}

NetworkOptions options_of(const Section& config, const Section& state) {
  config.expect("_model_type", std::string("E3_equivariant_model"));
  config.expect("interaction_type", std::string("nequip"));
  config.expect("self_connection_type", std::string("linear"));
  config.expect("act_radial", std::string("silu"));
  config.expect("is_parity", false);
  config.expect("readout_as_fcn", false);
  config.expect("use_bias_in_linear", false);
  config.expect("_normalize_sph", true);
  config.section("radial_basis").expect("radial_basis_name", std::string("bessel"));
  check(!config.has("use_modality") && state.has("onehot_to_feature_x.linear.weight"), config.path(),
        ": expected a SevenNet checkpoint of version 0.9 to 0.10 with one fidelity");
  NetworkOptions o;
  o.species = species_of(config);
  o.cutoff = config.real("cutoff");
  o.degree = static_cast<int>(config.get<std::int64_t>("lmax"));
  o.parity = false;
  const auto& irreps = config.get<io::PickleSequence>("irreps_manual").items;
  check(irreps.size() >= 2, config.path(), ": expected 'irreps_manual' of one layer or more");
  for (std::size_t t = 0; t < irreps.size(); ++t) {
    const auto* text = irreps[t]->get<std::string>();
    check(text != nullptr, config.path(), ": expected texts in 'irreps_manual'");
    if (t == 0)
      o.embedding = rep::Irreps(*text);
    else
      o.layers.emplace_back(*text);
  }
  o.embedding_factor = 1.0 / std::sqrt(static_cast<double>(o.species.size()));
  o.radial_size = static_cast<int>(config.section("radial_basis").get<std::int64_t>("bessel_basis_num"));
  o.radial_prefactor = 2.0 / o.cutoff;
  o.radial_trained = true;
  set_envelope(config, o);
  o.radial_factor = o.activation_factor = compute::kSiluSecondMoment;
  o.message_factor = 1.0;
  return o;
}

FlatWeights flat(const Section& state, const std::string& key) {
  return {state.get<io::Array>(key), state.path() + ": '" + key + "'"};
}

/// -1 where the checkpoint's 3j tensor of the path is minus ours, else 1.
double sign_of(const Section& state, const std::string& layer, int l1, int l2, int l3) {
  const std::string key = layer + "_convolution.convolution._compiled_main_left_right._w3j_" + std::to_string(l1) +
                          "_" + std::to_string(l2) + "_" + std::to_string(l3);
  if (!state.has(key)) return 1.0;
  const std::vector<double> theirs = state.get<io::Array>(key).as_doubles();
  const std::vector<double>& ours = rep::wigner_3j(l1, l2, l3);
  check(theirs.size() == ours.size(), state.path(), ": '", key, "' has another size");
  double dot = 0.0;
  for (std::size_t i = 0; i < ours.size(); ++i) dot += theirs[i] * ours[i];
  check(std::abs(std::abs(dot) - 1.0) < 1e-4, state.path(), ": '", key, "' is no 3j tensor");
  return dot < 0.0 ? -1.0 : 1.0;
}

void add_layer(const Section& state, const NetworkOptions& o, std::size_t t, io::Arrays& weights) {
  const std::string from = std::to_string(t) + "_";
  const std::string to = "layers." + std::to_string(t) + ".";
  const rep::Irreps& in = layer_input(o, t);
  const rep::Irreps before = before_gate(o.layers[t]);
  const rep::Irreps messages = message_irreps(in, message_paths(o, in, o.layers[t]));
  FlatWeights up = flat(state, from + "self_interaction_1.linear.weight");
  for (std::size_t b = 0; b < in.size(); ++b) weights[to + "up." + std::to_string(b)] = up.next({in[b].mul, in[b].mul});
  up.expect_empty();
  FlatWeights self = flat(state, from + "self_connection_intro.linear.weight");
  for (std::size_t b = 0; b < in.size(); ++b)
    if (before.contains(in[b].irrep))
      weights[to + "self." + std::to_string(b)] = self.next({in[b].mul, before.count(in[b].irrep)});
  self.expect_empty();
  FlatWeights down = flat(state, from + "self_interaction_2.linear.weight");
  for (std::size_t b = 0; b < messages.size(); ++b)
    weights[to + "down." + std::to_string(b)] = down.next({messages[b].mul, before.count(messages[b].irrep)});
  down.expect_empty();
  const std::string radial = from + "convolution.weight_nn.layer";
  std::size_t last = 0;
  while (state.has(radial + std::to_string(last + 1) + ".weight")) ++last;
  for (std::size_t n = 0; n <= last; ++n) {
    const auto& matrix = state.get<io::Array>(radial + std::to_string(n) + ".weight");
    const auto sign = [&](int l1, int l2, int l3) { return sign_of(state, std::to_string(t), l1, l2, l3); };
    weights[to + "radial." + std::to_string(n)] =
        n == last ? sort_path_columns(matrix, o, t, state.path(), sign) : matrix;
  }
}

io::Array vector_of(const Section& state, const std::string& key, std::int64_t count) {
  const std::vector<float> values = state.get<io::Array>(key).as<float>();
  check(std::ssize(values) == count || values.size() == 1, state.path(), ": '", key, "' has ", values.size(),
        " numbers, expected ", count);
  return io::Array::from(values.size() == 1 ? std::vector<float>(static_cast<std::size_t>(count), values[0]) : values,
                         {count});
}

/// The common denominator of all sums over neighbours.
double denominator_of(const Section& state, std::size_t layers) {
  double common = 0.0;
  for (std::size_t t = 0; t < layers; ++t) {
    const std::string key = std::to_string(t) + "_convolution.denominator";
    const double value = state.get<io::Array>(key).as_doubles().at(0);
    check(t == 0 || value == common, state.path(), ": expected one denominator for all layers");
    common = value;
  }
  return common;
}

}  // namespace

PotentialFile convert_sevennet(const std::string& path) {
  const io::PickleRef checkpoint = io::read_torch_file(path);
  const Section all(checkpoint.get(), path);
  const Section state = all.section("model_state_dict");
  NetworkOptions o = options_of(all.section("config"), state);
  o.message_factor = 1.0 / denominator_of(state, o.layers.size());
  PotentialFile file;
  const auto species = static_cast<std::int64_t>(o.species.size());
  const std::int64_t width = o.embedding.dim();
  file.weights["radial.frequencies"] = vector_of(state, "edge_embedding.basis_function.coeffs", o.radial_size);
  file.weights["embedding"] = flat(state, "onehot_to_feature_x.linear.weight").next({species, width});
  for (std::size_t t = 0; t < o.layers.size(); ++t) add_layer(state, o, t, file.weights);
  const std::int64_t scalars = o.layers.back()[0].mul;
  const auto hidden = state.get<io::Array>("reduce_hidden_to_energy.linear.weight").size();
  file.weights["readout.0"] = flat(state, "reduce_input_to_hidden.linear.weight").next({scalars, hidden});
  file.weights["readout.1"] = flat(state, "reduce_hidden_to_energy.linear.weight").next({hidden, 1});
  file.weights["scale"] = vector_of(state, "rescale_atomic_energy.scale", species);
  file.weights["shift"] = vector_of(state, "rescale_atomic_energy.shift", species);
  file.options = to_json(o);
  file.labels = json{{"origin", "SevenNet (github.com/MDIL-SNU/SevenNet), " + path.substr(path.rfind('/') + 1)},
                     {"licence", "as the package sevenn states: MIT"}}
                    .dump();
  add_example(file, path);
  return file;
}

}  // namespace coset::deploy
