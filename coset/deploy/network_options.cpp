#include "coset/deploy/network_options.h"

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "coset/base/error.h"
#include "coset/base/words.h"

namespace coset::deploy {

namespace {

using nlohmann::json;

constexpr std::array kEnvelopes = {Word<Envelope>{Envelope::polynomial, "polynomial"},
                                   Word<Envelope>{Envelope::xplor, "xplor"}};
constexpr std::array kScalings = {Word<RadialScaling>{RadialScaling::none, "none"},
                                  Word<RadialScaling>{RadialScaling::fan_in, "fan_in"},
                                  Word<RadialScaling>{RadialScaling::fan_in_relu, "fan_in_relu"}};
constexpr std::array kConnections = {Word<SelfConnection>{SelfConnection::none, "none"},
                                     Word<SelfConnection>{SelfConnection::linear, "linear"},
                                     Word<SelfConnection>{SelfConnection::species, "species"}};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

std::string join(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

void check_product(const NetworkOptions& o, const std::string& source) {
  check(o.correlation >= 0 && o.correlation <= 3, source, ": expected correlation 0 to 3; received ", o.correlation);
  if (o.correlation == 0) return;
  check(o.interaction.size() > 0 && !o.layer_norm, source, ": expected interaction irreps and no layer_norm");
  for (std::size_t b = 0; b < o.interaction.size(); ++b)
    check(o.interaction[b].irrep.l == static_cast<int>(b) && o.interaction[b].mul == o.interaction[0].mul, source,
          ": expected every degree of the interaction once, from 0 on, with one multiplicity; received ",
          o.interaction.to_string());
}

/// Takes keys out of an object so that what is left is unknown.
class Keys {
 public:
  Keys(json object, std::string source) : object_(std::move(object)), source_(std::move(source)) {
    check(object_.is_object(), source_, ": expected a JSON object of options");
  }

  template <class T>
  T take(const char* key) {
    const auto found = object_.find(key);
    check(found != object_.end(), source_, ": the option '", key, "' is missing");
    try {
      const T value = found->get<T>();
      object_.erase(found);
      return value;
    } catch (const json::exception&) {
      fail(source_, ": the option '", key, "' has the wrong type: ", found->dump());
    }
  }

  void expect_empty() const {
    check(object_.empty(), source_, ": unknown option '", object_.empty() ? "" : object_.begin().key(), "'");
  }

 private:
  json object_;
  std::string source_;
};

void check_ranges(const NetworkOptions& o, const std::string& source) {
  check(!o.species.empty() && o.cutoff > 0.0 && o.cutoff < 1e3, source, ": expected species and 0 < cutoff < 1000");
  check(o.degree >= 0 && o.degree <= 15 && o.radial_size >= 1 && o.radial_size <= 1024, source,
        ": expected degree 0 to 15 and radial_size 1 to 1024; received ", o.degree, " and ", o.radial_size);
  check(!o.layers.empty() && o.layers.size() <= 100, source, ": expected 1 to 100 layers; received ", o.layers.size());
  check(o.envelope != Envelope::polynomial || o.envelope_power >= 2.0, source,
        ": expected envelope_power >= 2; received ", o.envelope_power);
  check(o.envelope != Envelope::xplor || (o.envelope_start > 0.0 && o.envelope_start < o.cutoff), source,
        ": expected 0 < envelope_start < cutoff; received ", o.envelope_start);
  check(o.embedding.size() == 1 && o.embedding[0].irrep.is_scalar(), source,
        ": expected an embedding of scalars; received ", o.embedding.to_string());
  check(!o.one_hot || o.embedding.dim() == static_cast<std::int64_t>(o.species.size()), source,
        ": expected a one-hot embedding as wide as the species are many; received ", o.embedding.to_string());
  check_product(o, source);
  for (const auto& layer : o.layers) {
    check(layer.size() >= 1 && layer[0].irrep.is_scalar(), source,
          ": expected layers that begin with scalars (0e); received ", layer.to_string());
    for (std::size_t b = 0; b < layer.size(); ++b)
      check(layer[b].mul > 0 && layer[b].mul <= 65536 && layer.count(layer[b].irrep) == layer[b].mul &&
                (b == 0 || layer[b].irrep.l > 0),
            source, ": expected every irrep of a layer once and no pseudo-scalars; received ", layer.to_string());
  }
}

}  // namespace

std::string to_json(const NetworkOptions& o) {
  std::vector<std::string> layers;
  for (const auto& layer : o.layers) layers.push_back(layer.to_string());
  return json{{"species", join(o.species, " ")},
              {"cutoff", o.cutoff},
              {"degree", o.degree},
              {"parity", o.parity},
              {"embedding", o.embedding.to_string()},
              {"one_hot", o.one_hot},
              {"embedding_factor", o.embedding_factor},
              {"layers", join(layers, "; ")},
              {"radial_size", o.radial_size},
              {"radial_prefactor", o.radial_prefactor},
              {"radial_trained", o.radial_trained},
              {"envelope", word_of(o.envelope, kEnvelopes)},
              {"envelope_power", o.envelope_power},
              {"envelope_start", o.envelope_start},
              {"radial_scaling", word_of(o.radial_scaling, kScalings)},
              {"radial_factor", o.radial_factor},
              {"message_factor", o.message_factor},
              {"activation_factor", o.activation_factor},
              {"self_connection", word_of(o.self_connection, kConnections)},
              {"first_self_connection", o.first_self_connection},
              {"layer_norm", o.layer_norm},
              {"correlation", o.correlation},
              {"interaction", o.interaction.to_string()},
              {"first_mixes_species", o.first_mixes_species},
              {"flip_vectors", o.flip_vectors},
              {"layer_readouts", o.layer_readouts},
              {"energy_scale", o.energy_scale},
              {"energy_shift", o.energy_shift}}
      .dump();
}

NetworkOptions parse_network_options(const std::string& text, const std::string& source) {
  json object;
  try {
    object = json::parse(text);
  } catch (const json::exception& error) {
    fail(source, ": unreadable options: ", error.what());
  }
  Keys keys(std::move(object), source);
  NetworkOptions o;
  std::istringstream species(keys.take<std::string>("species"));
  for (std::string symbol; species >> symbol;) o.species.push_back(symbol);
  o.cutoff = keys.take<double>("cutoff");
  o.degree = keys.take<int>("degree");
  o.parity = keys.take<bool>("parity");
  o.embedding = rep::Irreps(keys.take<std::string>("embedding"));
  o.one_hot = keys.take<bool>("one_hot");
  o.embedding_factor = keys.take<double>("embedding_factor");
  for (const auto& layer : split(keys.take<std::string>("layers"), ';')) o.layers.emplace_back(layer);
  o.radial_size = keys.take<int>("radial_size");
  o.radial_prefactor = keys.take<double>("radial_prefactor");
  o.radial_trained = keys.take<bool>("radial_trained");
  o.envelope = parse_word(source.c_str(), keys.take<std::string>("envelope"), kEnvelopes);
  o.envelope_power = keys.take<double>("envelope_power");
  o.envelope_start = keys.take<double>("envelope_start");
  o.radial_scaling = parse_word(source.c_str(), keys.take<std::string>("radial_scaling"), kScalings);
  o.radial_factor = keys.take<double>("radial_factor");
  o.message_factor = keys.take<double>("message_factor");
  o.activation_factor = keys.take<double>("activation_factor");
  o.self_connection = parse_word(source.c_str(), keys.take<std::string>("self_connection"), kConnections);
  o.first_self_connection = keys.take<bool>("first_self_connection");
  o.layer_norm = keys.take<bool>("layer_norm");
  o.correlation = keys.take<int>("correlation");
  o.interaction = rep::Irreps(keys.take<std::string>("interaction"));
  o.first_mixes_species = keys.take<bool>("first_mixes_species");
  o.flip_vectors = keys.take<bool>("flip_vectors");
  o.layer_readouts = keys.take<bool>("layer_readouts");
  o.energy_scale = keys.take<double>("energy_scale");
  o.energy_shift = keys.take<double>("energy_shift");
  keys.expect_empty();
  check_ranges(o, source);
  return o;
}

rep::Irreps before_gate(const rep::Irreps& layer) {
  std::vector<rep::MulIrrep> blocks(layer.begin(), layer.end());
  for (std::size_t b = 1; b < layer.size(); ++b) blocks[0].mul += layer[b].mul;
  return blocks;
}

std::vector<MessagePath> unsorted_message_paths(const NetworkOptions& options, const rep::Irreps& in,
                                                const rep::Irreps& out) {
  std::vector<MessagePath> paths;
  for (std::size_t b = 0; b < in.size(); ++b)
    for (int l = 0; l <= options.degree; ++l) {
      const rep::Irrep harmonic{l, options.parity && l % 2 != 0 ? -1 : 1};
      for (const rep::Irrep irrep : in[b].irrep* harmonic)
        if (out.contains(irrep)) paths.push_back({static_cast<int>(b), l, irrep});
    }
  return paths;
}

std::vector<MessagePath> message_paths(const NetworkOptions& options, const rep::Irreps& in, const rep::Irreps& out) {
  std::vector<MessagePath> paths = unsorted_message_paths(options, in, out);
  std::stable_sort(paths.begin(), paths.end(), [](const auto& a, const auto& b) { return a.out < b.out; });
  return paths;
}

rep::Irreps message_irreps(const rep::Irreps& in, const std::vector<MessagePath>& paths) {
  std::vector<rep::MulIrrep> blocks;
  for (const auto& path : paths) blocks.push_back({in[static_cast<std::size_t>(path.in)].mul, path.out});
  return rep::Irreps(std::move(blocks)).simplify();
}

const rep::Irreps& message_target(const NetworkOptions& options, std::size_t t) {
  return options.correlation > 0 ? options.interaction : options.layers[t];
}

const rep::Irreps& layer_input(const NetworkOptions& options, std::size_t t) {
  return t == 0 ? options.embedding : options.layers[t - 1];
}

}  // namespace coset::deploy
