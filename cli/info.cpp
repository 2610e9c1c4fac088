#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/places.h"
#include "cli/verbs.h"
#include "coset/base/printable.h"
#include "coset/model/model.h"
#include "coset/model/model_file.h"

namespace coset::cli {

namespace {

using nlohmann::ordered_json;

void print_table(const ordered_json& info) {
  for (const auto& [key, value] : info.items())
    if (key != "tensors" && key != "routes")
      std::printf("%-15s %s\n", key.c_str(),
                  printable(value.is_string() ? value.get<std::string>() : value.dump()).c_str());
  for (const auto& [layer, route] : info["routes"].items())
    std::printf("  %-10s %s\n", layer.c_str(), route.get<std::string>().c_str());
  for (const auto& [name, shape] : info["tensors"].items())
    std::printf("  %-45s %s\n", printable(name).c_str(), shape.dump().c_str());
}

void print_info(const std::string& path, bool json_only) {
  const model::StoredModel stored = model::read_model(path);
  const auto& d = stored.description;
  ordered_json tensors = ordered_json::object(), routes = ordered_json::object();
  std::int64_t numbers = 0;
  for (const auto& [name, tensor] : stored.weights) {
    tensors[name] = tensor.sizes().vec();
    numbers += tensor.numel();
  }
  for (const auto& [layer, route] : model::load(path).model->routes()) routes[layer] = route;
  const ordered_json info{{"file", path},
                          {"architecture", d.architecture},
                          {"options", ordered_json::parse(d.options)},
                          {"irreps", ordered_json::parse(d.irreps)},
                          {"units", ordered_json::parse(d.units)},
                          {"training", ordered_json::parse(d.training)},
                          {"labels", ordered_json::parse(d.labels)},
                          {"stored_numbers", numbers},
                          {"routes", routes},
                          {"tensors", tensors}};
  if (json_only)
    std::printf("%s\n", info.dump().c_str());
  else
    print_table(info);
}

}  // namespace

void add_info(CLI::App& app) {
  const auto arguments = std::make_shared<RunArguments>();
  CLI::App* info = add_run_verb(app, "info", "", arguments);
  add_json_flag(info, arguments);
  info->callback([=] { print_info(find_model(arguments->run), arguments->json); });
}

}  // namespace coset::cli
