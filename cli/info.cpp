#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/experiments.h"
#include "coset/model/model.h"
#include "coset/model/model_file.h"

namespace coset::cli {

namespace {

void print_info(const std::string& path, bool json_only) {
  const model::StoredModel stored = model::read_model(path);
  const auto& d = stored.description;
  nlohmann::ordered_json tensors;
  std::int64_t numbers = 0;
  for (const auto& [name, tensor] : stored.weights) {
    tensors[name] = tensor.sizes().vec();
    numbers += tensor.numel();
  }
  nlohmann::ordered_json routes;
  const model::Loaded loaded = model::load(path);
  for (const auto& [layer, route] : loaded.model->routes()) routes[layer] = route;
  const nlohmann::ordered_json info{{"file", path},
                                    {"architecture", d.architecture},
                                    {"options", nlohmann::json::parse(d.options)},
                                    {"irreps", nlohmann::json::parse(d.irreps)},
                                    {"units", nlohmann::json::parse(d.units)},
                                    {"training", nlohmann::json::parse(d.training)},
                                    {"labels", nlohmann::json::parse(d.labels)},
                                    {"stored_numbers", numbers},
                                    {"routes", routes},
                                    {"tensors", tensors}};
  if (json_only) {
    std::printf("%s\n", info.dump().c_str());
    return;
  }
  for (const auto& [key, value] : info.items())
    if (key != "tensors" && key != "routes")
      std::printf("%-15s %s\n", key.c_str(),
                  value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
  for (const auto& [layer, route] : routes.items())
    std::printf("  %-10s %s\n", layer.c_str(), route.get<std::string>().c_str());
  for (const auto& [name, shape] : tensors.items()) std::printf("  %-45s %s\n", name.c_str(), shape.dump().c_str());
}

}  // namespace

void add_info(CLI::App& app) {
  const auto run = std::make_shared<std::string>();
  const auto json = std::make_shared<bool>(false);
  CLI::App* info = app.add_subcommand("info", "what a model file holds");
  info->footer("Example:\n  coset info runs/nbody-segnn-demo");
  info->add_option("model", *run, "run folder, or a model file")->required();
  info->add_flag("--json", *json, "JSON only");
  info->callback([=] { print_info(find_model(*run), *json); });
}

}  // namespace coset::cli
