#include "coset/model/nbody_file.h"

#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"

namespace coset::model {

namespace {

using nlohmann::json;

NamedValues call(NBodyModel& model, const NamedValues& input) {
  return {{"positions", model.forward({input.at("positions"), input.at("velocities"), input.at("charges")})}};
}

json options_json(const NBodyModelOptions& options) {
  return {{"variant", to_string(options.variant)},
          {"lmax_hidden", options.lmax_hidden},
          {"lmax_attribute", options.lmax_attribute},
          {"width", options.width},
          {"layers", options.layers}};
}

NBodyModelOptions parse_options(const std::string& path, const std::string& text) {
  try {
    const json j = json::parse(text);
    NBodyModelOptions options;
    options.variant = parse_segnn_variant(j.at("variant"));
    options.lmax_hidden = j.at("lmax_hidden");
    options.lmax_attribute = j.at("lmax_attribute");
    options.width = j.at("width");
    options.layers = j.at("layers");
    const bool sane = options.lmax_hidden >= 0 && options.lmax_hidden <= 11 && options.lmax_attribute >= 0 &&
                      options.lmax_attribute <= 11 && options.width >= 1 && options.width <= 4096 &&
                      options.layers >= 1 && options.layers <= 256;
    check(sane, path, ": model options out of range: ", text);
    return options;
  } catch (const json::exception& error) {
    fail(path, ": unreadable model options: ", error.what());
  }
}

}  // namespace

void save_nbody_model(const std::string& path, NBodyModel& model, const NBodyBatch& example,
                      const std::string& training) {
  torch::NoGradGuard guard;
  const NamedValues input{
      {"positions", example.positions}, {"velocities", example.velocities}, {"charges", example.charges}};
  const auto& network = model.network();
  ModelDescription description;
  description.architecture = kNBodyArchitecture;
  description.options = options_json(model.options()).dump();
  description.irreps = json{{"in", network.options().in.to_string()},
                            {"hidden", network.hidden().to_string()},
                            {"out", network.options().out.to_string()}}
                           .dump();
  description.units = json{
      {"positions", "simulation length"},
      {"velocities", "length per unit time"},
      {"charges", "+-1"},
      {"horizon",
       "1 unit time"}}.dump();
  description.training = training;
  save_model(path, description, model, input, call(model, input));
}

LoadedNBodyModel load_nbody_model(const std::string& path) {
  const StoredModel stored = read_model(path);
  check(stored.description.architecture == kNBodyArchitecture, path,
        ": expected an N-body model; received architecture '", stored.description.architecture, "'");
  for (const char* name : {"positions", "velocities", "charges"})
    check(stored.example_input.count(name) == 1, path, ": the stored example lacks '", name, "'");
  LoadedNBodyModel loaded;
  loaded.model = std::make_shared<NBodyModel>(parse_options(path, stored.description.options));
  restore_model(path, stored, *loaded.model, [&](const NamedValues& input) { return call(*loaded.model, input); });
  loaded.example = {stored.example_input.at("positions"), stored.example_input.at("velocities"),
                    stored.example_input.at("charges")};
  loaded.training = stored.description.training;
  return loaded;
}

Tensor predict_positions(NBodyModel& model, const NBodyBatch& batch) {
  constexpr std::int64_t kChunk = 25;  // systems at a time: their messages stay in the cache and every thread has work
  const std::int64_t systems = batch.positions.size(0);
  const auto given = batch.positions.scalar_type(), own = model.parameters().front().scalar_type();
  std::vector<Tensor> parts(static_cast<std::size_t>((systems + kChunk - 1) / kChunk));
  compute::parallel_ranges(systems, kChunk, [&](std::int64_t begin, std::int64_t end) {
    const torch::NoGradGuard inference;  // a property of the thread
    const auto chunk = [&](const Tensor& t) { return t.narrow(0, begin, end - begin).to(own); };
    parts[static_cast<std::size_t>(begin / kChunk)] =
        model.forward({chunk(batch.positions), chunk(batch.velocities), chunk(batch.charges)}).to(given);
  });
  return parts.empty() ? batch.positions.clone() : at::cat(parts);
}

}  // namespace coset::model
