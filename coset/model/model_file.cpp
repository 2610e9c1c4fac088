#include "coset/model/model_file.h"

#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/base/version.h"
#include "coset/io/safetensors.h"
#include "coset/io/settings_text.h"
#include "coset/model/model.h"
#include "coset/ops/array.h"

namespace coset::model {

namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr const char* kMetadataKey = "coset";
constexpr const char* kWeights = "weights.";
constexpr const char* kInput = "example.input.";
constexpr const char* kOutput = "example.output.";

void put(io::SafeTensors& file, const char* prefix, const NamedValues& values) {
  for (const auto& [name, tensor] : values) file.tensors[prefix + name] = ops::to_array(tensor);
}

/// Moves tensors whose name starts with `prefix` out of the file.
NamedValues take(const std::string& path, io::SafeTensors& file, const std::string& prefix) {
  NamedValues values;
  for (auto it = file.tensors.begin(); it != file.tensors.end();) {
    if (it->first.starts_with(prefix)) {
      values[it->first.substr(prefix.size())] = ops::to_tensor(it->second, path + ": '" + it->first + "'");
      it = file.tensors.erase(it);
    } else {
      ++it;
    }
  }
  return values;
}

ModelDescription parse_description(const std::string& path, const std::string& text) {
  try {
    io::check_json_depth(text, path);
    const json header = json::parse(text);
    const int format = header.at("format");
    check(format == kFormat, path, ": model format ", format, ", this program reads ", kFormat);
    const int conventions = header.at("conventions");
    check(conventions == kConventionsVersion, path, ": conventions version ", conventions, ", this program follows ",
          kConventionsVersion);
    return {header.at("architecture"), header.at("options").dump(),  header.at("irreps").dump(),
            header.at("units").dump(), header.at("training").dump(), header.value("labels", json::object()).dump()};
  } catch (const json::exception& error) {
    fail(path, ": unreadable model header: ", error.what());
  }
}

/// The one floating type of all weights, float32 where there is none.
at::ScalarType precision_of(const std::string& path, const NamedValues& weights) {
  at::ScalarType type = at::kFloat;
  const std::string* first = nullptr;
  for (const auto& [name, tensor] : weights) {
    if (!tensor.is_floating_point()) continue;
    if (first == nullptr) type = tensor.scalar_type(), first = &name;
    check((type == at::kFloat || type == at::kDouble) && tensor.scalar_type() == type, path,
          ": expected all weights as float32 or all as float64; '", name, "' is ", c10::toString(tensor.scalar_type()),
          " and '", *first, "' ", c10::toString(type));
  }
  return type;
}

void copy_weights(const std::string& path, const NamedValues& weights, torch::nn::Module& module) {
  torch::NoGradGuard guard;
  module.to(precision_of(path, weights));
  const NamedValues targets = named_state(module);
  for (const auto& [name, target] : targets) {
    const auto found = weights.find(name);
    check(found != weights.end(), path, ": the weights of '", name, "' are missing");
    check(found->second.sizes() == target.sizes(), path, ": '", name, "' has shape ", shape_text(found->second.sizes()),
          ", the model needs ", shape_text(target.sizes()));
    check(at::isfinite(found->second).all().item<bool>(), path, ": '", name, "' holds a value that is not finite");
    target.copy_(found->second);
  }
  for (const auto& [name, tensor] : weights) check(targets.count(name) == 1, path, ": unknown weights '", name, "'");
}

}  // namespace

NamedValues named_state(const torch::nn::Module& module) {
  NamedValues state;
  for (const auto& item : module.named_parameters()) state[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) state[item.key()] = item.value();
  return state;
}

void save_model(const std::string& path, const ModelDescription& description, const torch::nn::Module& module,
                const NamedValues& example_input, const NamedValues& example_output) {
  io::SafeTensors file;
  put(file, kWeights, named_state(module));
  put(file, kInput, example_input);
  put(file, kOutput, example_output);
  const json header{{"format", kFormat},
                    {"conventions", kConventionsVersion},
                    {"coset_version", kVersion},
                    {"architecture", description.architecture},
                    {"parameters", count_parameters(module)},
                    {"options", json::parse(description.options)},
                    {"irreps", json::parse(description.irreps)},
                    {"units", json::parse(description.units)},
                    {"training", json::parse(description.training)},
                    {"labels", json::parse(description.labels)}};
  file.metadata[kMetadataKey] = header.dump();
  io::save_safetensors(path, file);
}

StoredModel read_model(const std::string& path, io::Checksum checksum) {
  io::SafeTensors file = io::load_safetensors(path, checksum);
  const auto header = file.metadata.find(kMetadataKey);
  check(header != file.metadata.end(), path, ": not a model file: no metadata key '", kMetadataKey, "'");
  StoredModel stored;
  stored.description = parse_description(path, header->second);
  stored.weights = take(path, file, kWeights);
  stored.example_input = take(path, file, kInput);
  stored.example_output = take(path, file, kOutput);
  check(file.tensors.empty(), path, ": unknown tensor '", file.tensors.empty() ? "" : file.tensors.begin()->first, "'");
  check(!stored.example_output.empty(), path, ": not a model file: no stored example");
  return stored;
}

void restore_model(const std::string& path, const StoredModel& stored, torch::nn::Module& module,
                   const std::function<NamedValues(const NamedValues&)>& call) {
  copy_weights(path, stored.weights, module);
  module.eval();
  torch::NoGradGuard guard;
  const NamedValues replayed = call(stored.example_input);
  for (const auto& [name, expected] : stored.example_output) {
    const auto found = replayed.find(name);
    check(found != replayed.end() && found->second.sizes() == expected.sizes(), path,
          ": the stored example has an output '", name, "' that this model does not give");
    const double scale = expected.numel() ? std::max(1e-30, expected.abs().max().item<double>()) : 1.0;
    const double worst = expected.numel() ? (found->second - expected).abs().max().item<double>() / scale : 0.0;
    const double tolerance = expected.scalar_type() == at::kDouble ? 1e-10 : 1e-4;
    check(worst <= tolerance, path, ": the stored example is not reproduced: '", name, "' is off by ", worst,
          " of its largest value, allowed ", tolerance);
  }
}

}  // namespace coset::model
