#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>

#include "coset/base/error.h"
#include "coset/deploy/convert.h"
#include "coset/deploy/network_options.h"
#include "coset/io/atomic_write.h"
#include "coset/io/elements.h"
#include "coset/io/npy.h"

namespace coset::deploy {

namespace {

using nlohmann::json;

/// Root mean square of silu over the 1,000,001 quantiles of a normal distribution with which e3nn-jax normalises it.
constexpr double kSiluQuantiles = 0.5964586854233045;

NetworkOptions options_of(const json& config, const std::string& path) {
  NetworkOptions o;
  try {
    check(!config.value("index_weights", false) && config.value("layer_norm", true), path,
          ": expected a Nequix network with layer_norm and without index_weights");
    check(config.value("radial_mlp_layers", 2) == 2, path, ": expected radial_mlp_layers 2");
    std::vector<int> numbers = config.at("atomic_numbers");
    std::sort(numbers.begin(), numbers.end());
    for (const int number : numbers) o.species.push_back(io::element_symbol(number));
    o.cutoff = config.at("cutoff");
    o.degree = config.at("lmax");
    const rep::Irreps hidden(config.at("hidden_irreps").get<std::string>());
    const int layers = config.at("n_layers");
    check(layers >= 1 && layers <= 100 && hidden.size() > 0, path, ": expected 1 to 100 layers; received ", layers);
    o.layers.assign(static_cast<std::size_t>(layers), hidden);
    o.layers.back() = rep::Irreps(std::vector<rep::MulIrrep>{hidden[0]});
    o.radial_size = config.at("radial_basis_size");
    o.envelope_power = config.at("radial_polynomial_p");
    o.message_factor = 1.0 / std::sqrt(config.at("avg_n_neighbors").get<double>());
    o.energy_scale = config.at("scale");
    o.energy_shift = config.at("shift");
  } catch (const json::exception& error) {
    fail(path, ": unreadable Nequix options: ", error.what());
  }
  o.embedding = rep::Irreps(std::vector<rep::MulIrrep>{{static_cast<std::int64_t>(o.species.size()), {0, 1}}});
  o.one_hot = true;
  o.radial_prefactor = 2.0 / o.cutoff;
  o.radial_scaling = RadialScaling::none;
  o.activation_factor = 1.0 / kSiluQuantiles;
  o.layer_norm = true;
  return o;
}

/// The float32 arrays of a file in order; newer files mix options in between, as other types.
class ArrayList {
 public:
  ArrayList(std::span<const std::byte> bytes, std::string path) : path_(std::move(path)) {
    constexpr std::byte kNewline{'\n'};
    while (!bytes.empty() && !(bytes.size() == 1 && bytes.front() == kNewline)) {
      io::Array array = io::take_npy(bytes, path_);
      if (array.dtype == "f4") arrays_.push_back(std::move(array));
    }
  }

  io::Array next(const std::string& name) {
    check(at_ < arrays_.size(), path_, ": expected an array for '", name, "'; the file has ", arrays_.size());
    return std::move(arrays_[at_++]);
  }
  void expect_empty() const {
    check(at_ == arrays_.size(), path_, ": expected ", at_, " weight arrays; received ", arrays_.size());
  }

 private:
  std::string path_;
  std::vector<io::Array> arrays_;
  std::size_t at_ = 0;
};

io::Arrays weights_of(const NetworkOptions& options, ArrayList& arrays) {
  io::Arrays weights;
  const auto take = [&](const std::string& name) { weights[name] = arrays.next(name); };
  take("shift");
  for (std::size_t t = 0; t < options.layers.size(); ++t) {
    const std::string layer = "layers." + std::to_string(t) + ".";
    const rep::Irreps& in = layer_input(options, t);
    const rep::Irreps before = before_gate(options.layers[t]);
    const rep::Irreps messages = message_irreps(in, message_paths(options, in, options.layers[t]));
    for (int n = 0; n < 3; ++n) take(layer + "radial." + std::to_string(n));
    for (std::size_t b = 0; b < in.size(); ++b) take(layer + "up." + std::to_string(b));
    for (std::size_t b = 0; b < messages.size(); ++b) take(layer + "down." + std::to_string(b));
    for (std::size_t b = 0; b < in.size(); ++b)
      if (before.contains(in[b].irrep)) take(layer + "self." + std::to_string(b));
    for (std::size_t b = 0; b < before.size(); ++b) take(layer + "norm." + std::to_string(b));
  }
  take("readout.0");
  arrays.expect_empty();
  return weights;
}

}  // namespace

PotentialFile convert_nequix(const std::string& path) {
  const std::vector<std::byte> bytes = io::read_file(path);
  const auto end = std::find(bytes.begin(), bytes.end(), std::byte{'\n'});
  check(end != bytes.end(), path, ": expected a line of JSON and numpy arrays");
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  json config;
  try {
    config = json::parse(text, text + (end - bytes.begin()));
  } catch (const json::exception& error) {
    fail(path, ": expected a line of JSON first; ", error.what());
  }
  const NetworkOptions options = options_of(config, path);
  const std::span<const std::byte> all(bytes);
  ArrayList arrays(all.subspan(static_cast<std::size_t>(end - bytes.begin()) + 1), path);
  PotentialFile file;
  file.options = to_json(options);
  file.weights = weights_of(options, arrays);
  file.labels = json{{"origin", "nequix (github.com/atomicarchitects/nequix), " + path.substr(path.rfind('/') + 1)},
                     {"licence", "code MIT; weights as their authors state"}}
                    .dump();
  add_example(file, path);
  return file;
}

}  // namespace coset::deploy
