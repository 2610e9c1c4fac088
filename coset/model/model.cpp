#include "coset/model/model.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/base/words.h"
#include "coset/compute/parallel.h"
#include "coset/io/settings_text.h"
#include "coset/model/image_model.h"
#include "coset/model/model_file.h"
#include "coset/model/nbody_model.h"

namespace coset::model {

namespace {

using nlohmann::ordered_json;

std::vector<Architecture>& table() {
  static std::vector<Architecture> rows{nbody_architecture(), image_architecture()};
  return rows;
}

/// The floating type of the weights, float32 where there is none.
at::ScalarType precision_of(const torch::nn::Module& module) {
  for (const auto& [name, tensor] : named_state(module))
    if (tensor.is_floating_point()) return tensor.scalar_type();
  return at::kFloat;
}

NamedValues cast(const NamedValues& values, at::ScalarType type) {
  NamedValues out;
  for (const auto& [name, value] : values) out[name] = value.is_floating_point() ? value.to(type) : value;
  return out;
}

/// Evaluation mode for the life of the object.
class Evaluating {
 public:
  explicit Evaluating(Model& model) : model_(model), training_(model.is_training()) {
    if (training_) model_.eval();
  }
  ~Evaluating() {
    if (training_) model_.train();
  }
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;

 private:
  Model& model_;
  bool training_;
};

/// The units of every input, and of outputs ("output NAME" where an input has the name too).
std::string units(const Signature& signature) {
  ordered_json json = ordered_json::object();
  for (const auto& quantity : signature.inputs) json[quantity.name] = quantity.unit;
  for (const auto& quantity : signature.outputs)
    json[json.contains(quantity.name) ? "output " + quantity.name : quantity.name] = quantity.unit;
  return json.dump();
}

bool batched(const field::Quantity& quantity) {
  return !quantity.shape.empty() && quantity.shape.front() == "B";
}

/// Size of the batch, or -1 where the inputs have none.
std::int64_t batch_size(const Signature& signature, const NamedValues& inputs) {
  for (const auto& quantity : signature.inputs)
    if (batched(quantity)) return inputs.at(quantity.name).size(0);
  return -1;
}

NamedValues slice(const Signature& signature, const NamedValues& inputs, std::int64_t begin, std::int64_t end) {
  NamedValues part;
  for (const auto& quantity : signature.inputs) {
    const Tensor& value = inputs.at(quantity.name);
    part[quantity.name] = batched(quantity) ? value.narrow(0, begin, end - begin) : value;
  }
  return part;
}

NamedValues joined(const Signature& signature, const std::vector<NamedValues>& parts) {
  NamedValues whole;
  for (const auto& quantity : signature.outputs) {
    std::vector<Tensor> pieces;
    for (const NamedValues& part : parts) pieces.push_back(part.at(quantity.name));
    whole[quantity.name] = batched(quantity) ? at::cat(pieces) : pieces.front();
  }
  return whole;
}

Settings stored_options(const std::string& path, const StoredModel& stored, const Architecture& row) {
  Settings options = row.options();
  io::apply_json(options, stored.description.options, path + ": options");
  check(resolved(row, options).to_string() == options.to_string(), path,
        ": options: expected every one to be chosen; some are left open");
  std::int64_t weights = 0;
  for (const auto& [name, tensor] : stored.weights) weights += tensor.numel();
  const std::int64_t least = row.least_weights ? row.least_weights(options) : 0;
  check(weights >= least, path, ": the options ask for at least ", least, " weights; the file holds ", weights);
  return options;
}

}  // namespace

verify::Certificate certify(Model& model, const NamedValues& example, const verify::CertificateOptions& options) {
  const torch::NoGradGuard guard;
  const Evaluating mode(model);
  const at::ScalarType type = precision_of(model);
  NamedValues kept;
  for (const auto& [name, tensor] : named_state(model)) kept[name] = tensor.clone();
  const auto restore = [&] {
    model.to(type);
    for (const auto& [name, tensor] : named_state(model)) tensor.copy_(kept.at(name));
  };
  try {
    verify::Certificate certificate = verify::certify(model, example, options);
    restore();
    model.measure(example, certificate);
    restore();
    return certificate;
  } catch (...) {
    restore();
    throw;
  }
}

void add_architecture(const Architecture& row) {
  for (const Architecture& known : table())
    check(known.name != row.name, "[model::add_architecture] the name '", row.name, "' is in use");
  table().push_back(row);
}

const std::vector<Architecture>& architectures() {
  return table();
}

const Architecture& architecture(const std::string& name) {
  std::vector<std::string> names;
  for (const Architecture& row : table()) {
    if (row.name == name) return row;
    names.push_back(row.name);
  }
  fail("unknown architecture '", name, "'", did_you_mean(name, names));
}

Settings resolved(const Architecture& row, const Settings& options) {
  return row.resolve ? row.resolve(options) : options;
}

std::int64_t count_parameters(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const Tensor& parameter : module.parameters()) count += parameter.numel();
  return count;
}

NamedValues predict(Model& model, const NamedValues& inputs, std::int64_t chunk) {
  const Signature signature = model.signature();
  field::expect_inputs("model::predict", signature, inputs);
  check(chunk >= 0, "[model::predict] expected chunk >= 0; received ", chunk);
  const Evaluating mode(model);
  const torch::NoGradGuard guard;
  const Model::Chunks chunks = model.chunks();
  const std::int64_t examples = batch_size(signature, inputs), size = chunk > 0 ? chunk : chunks.examples;
  if (examples <= size) return model.forward(inputs);
  std::vector<NamedValues> parts(static_cast<std::size_t>((examples + size - 1) / size));
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    const torch::NoGradGuard inference;  // a property of the thread
    parts[static_cast<std::size_t>(begin / size)] = model.forward(slice(signature, inputs, begin, end));
  };
  if (chunks.in_turn)
    for (std::int64_t begin = 0; begin < examples; begin += size) run(begin, std::min(begin + size, examples));
  else
    compute::parallel_ranges(examples, size, run);
  return joined(signature, parts);
}

void save(const std::string& path, Model& model, const std::string& architecture_name, const Settings& options,
          const NamedValues& example, const Provenance& provenance) {
  const Architecture& row = architecture(architecture_name);
  const torch::NoGradGuard guard;
  const Evaluating mode(model);
  Settings own = row.options();
  own.take(options);
  const NamedValues input = cast(example, precision_of(model));
  const ModelDescription description{.architecture = architecture_name,
                                     .options = io::to_json(resolved(row, own)),
                                     .irreps = model.types(),
                                     .units = units(model.signature()),
                                     .training = provenance.training,
                                     .labels = provenance.labels};
  save_model(path, description, model, input, model.forward(input));
}

Loaded load(const std::string& path) {
  const StoredModel stored = read_model(path);
  const ModelDescription& said = stored.description;
  try {
    const Architecture& row = architecture(said.architecture);
    const Settings options = stored_options(path, stored, row);
    const std::shared_ptr<Model> model = row.build(options);
    for (const auto& quantity : model->signature().inputs)
      check(stored.example_input.count(quantity.name) == 1, path, ": the stored example lacks '", quantity.name, "'");
    restore_model(path, stored, *model, [&](const NamedValues& input) { return model->forward(input); });
    return {model, said.architecture, options, stored.example_input, {said.training, said.labels}};
  } catch (const Error& error) {
    const std::string text = error.what();
    if (text.starts_with(path + ": ")) throw;
    fail(path, ": ", text);
  }
}

}  // namespace coset::model
