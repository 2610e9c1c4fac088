#include "coset/model/edited.h"

#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/io/settings_text.h"
#include "coset/model/model.h"
#include "coset/model/model_file.h"

namespace coset::model {
namespace {

/// Builds the model of `stored` around its weights and writes it, with an example computed now.
void write(const std::string& path, StoredModel stored, const std::string& out) {
  const Architecture& row = architecture(stored.description.architecture);
  Settings options = row.options();
  io::apply_json(options, stored.description.options, path + ": options");
  const std::shared_ptr<Model> model = row.build(options);
  stored.example_output.clear();
  restore_model(path, stored, *model, [&](const NamedValues& input) { return model->forward(input); });
  save(out, *model, stored.description.architecture, options, stored.example_input,
       {.training = stored.description.training, .labels = stored.description.labels});
}

}  // namespace

void seal(const std::string& path) {
  write(path, read_model(path, io::Checksum::kIgnored), path);
}

void average(std::span<const std::string> paths, const std::string& out) {
  check(paths.size() >= 2, "[model::average] expected two model files or more; received ", paths.size());
  StoredModel mean = read_model(paths[0]);
  NamedValues sums;
  for (const std::string& path : paths) {
    const Loaded loaded = load(path);  // replays the stored example
    const StoredModel stored = read_model(path);
    check(stored.description.architecture == mean.description.architecture &&
              stored.description.options == mean.description.options,
          path, ": expected the architecture and options of ", paths[0], ": ", mean.description.architecture, " ",
          mean.description.options, "; received ", stored.description.architecture, " ", stored.description.options);
    for (const auto& [name, tensor] : stored.weights) {
      if (!tensor.is_floating_point()) continue;
      Tensor& sum = sums[name];
      sum = sum.defined() ? sum + tensor.to(at::kDouble) : tensor.to(at::kDouble);
    }
  }
  for (auto& [name, tensor] : mean.weights)
    if (tensor.is_floating_point())
      tensor = (sums.at(name) / static_cast<double>(paths.size())).to(tensor.scalar_type());
  nlohmann::json training = nlohmann::json::parse(mean.description.training);
  training["average_of"] = std::vector<std::string>(paths.begin(), paths.end());
  mean.description.training = training.dump();
  write(paths[0], std::move(mean), out);
}

}  // namespace coset::model
