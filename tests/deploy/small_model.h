/// A small network with random weights for the tests of deploy: species H and O, three degrees, three layers.
#pragma once

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "coset/base/random.h"
#include "coset/deploy/convert.h"
#include "coset/deploy/network_options.h"
#include "coset/deploy/potential.h"

namespace coset::deploy {

struct SmallModelOptions {
  bool parity = true;
  bool layer_norm = true;
  SelfConnection self_connection = SelfConnection::linear;
  Envelope envelope = Envelope::polynomial;
};

inline NetworkOptions small_options(const SmallModelOptions& small = {}) {
  NetworkOptions o;
  o.species = {"H", "O"};
  o.cutoff = 3.0;
  o.degree = 2;
  o.parity = small.parity;
  o.embedding = rep::Irreps("5x0e");
  const char* hidden = small.parity ? "6x0e+4x1o+3x2e" : "6x0e+4x1e+3x2e";
  o.layers = {rep::Irreps(hidden), rep::Irreps(hidden), rep::Irreps("7x0e")};
  o.radial_size = 4;
  o.radial_prefactor = 2.0 / o.cutoff;
  o.envelope = small.envelope;
  o.envelope_start = 2.4;
  o.message_factor = 0.3;
  o.activation_factor = 1.68;
  o.self_connection = small.self_connection;
  o.layer_norm = small.layer_norm;
  o.energy_scale = 0.7;
  o.energy_shift = -1.5;
  return o;
}

inline PotentialFile small_model(const SmallModelOptions& small = {}) {
  const NetworkOptions o = small_options(small);
  PotentialFile file;
  file.options = to_json(o);
  NumpyRandom random(7);
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
    std::int64_t size = 1;
    for (const auto extent : shape) size *= extent;
    std::vector<double> values(static_cast<std::size_t>(size));
    for (double& value : values) value = random.normal();
    file.weights[name] = io::Array::from(values, std::move(shape));
  };
  const auto species = static_cast<std::int64_t>(o.species.size());
  add("embedding", {species, o.embedding.dim()});
  for (std::size_t t = 0; t < o.layers.size(); ++t) {
    const std::string layer = "layers." + std::to_string(t) + ".";
    const rep::Irreps& in = layer_input(o, t);
    const rep::Irreps before = before_gate(o.layers[t]);
    const auto paths = message_paths(o, in, o.layers[t]);
    const rep::Irreps messages = message_irreps(in, paths);
    std::int64_t columns = 0;
    for (const auto& path : paths) columns += in[static_cast<std::size_t>(path.in)].mul;
    add(layer + "radial.0", {o.radial_size, 8});
    add(layer + "radial.1", {8, columns});
    for (std::size_t b = 0; b < in.size(); ++b) {
      add(layer + "up." + std::to_string(b), {in[b].mul, in[b].mul});
      if (!before.contains(in[b].irrep) || o.self_connection == SelfConnection::none) continue;
      const std::int64_t to = before.count(in[b].irrep);
      if (o.self_connection == SelfConnection::species)
        add(layer + "self." + std::to_string(b), {in[b].mul, species, to});
      else
        add(layer + "self." + std::to_string(b), {in[b].mul, to});
    }
    for (std::size_t b = 0; b < messages.size(); ++b)
      add(layer + "down." + std::to_string(b), {messages[b].mul, before.count(messages[b].irrep)});
    for (std::size_t b = 0; b < before.size() && o.layer_norm; ++b)
      add(layer + "norm." + std::to_string(b), {before[b].mul});
  }
  add("readout.0", {o.layers.back()[0].mul, 1});
  add("scale", {species});
  add("shift", {species});
  return file;
}

/// small_model() on disk for the life of the object.
class SmallModelFile {
 public:
  SmallModelFile() {
    path_ = std::filesystem::temp_directory_path() / ("coset-small-" + std::to_string(getpid()) + ".safetensors");
    PotentialFile file = small_model();
    add_example(file, "small");
    write_potential_file(path_, file);
  }
  ~SmallModelFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace coset::deploy
