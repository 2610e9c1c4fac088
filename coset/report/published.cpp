#include "coset/report/published.h"

#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/io/limits.h"

namespace coset::report {

namespace {

using Json = nlohmann::ordered_json;

template <class Number>
std::optional<Number> optional_number(const Json& object, const char* key) {
  if (!object.contains(key)) return std::nullopt;
  return object.at(key).get<Number>();
}

}  // namespace

std::string to_json(const PublishedTable& table) {
  Json rows = Json::array();
  for (const PublishedRow& row : table.rows) {
    Json json{{"name", row.name}, {"value", row.value}};
    if (row.spread) json["spread"] = *row.spread;
    if (row.seconds) json["seconds"] = *row.seconds;
    if (row.parameters) json["parameters"] = *row.parameters;
    rows.push_back(json);
  }
  Json json{{"metric", table.metric}, {"caption", table.caption}, {"source", table.source}};
  if (!table.setting.empty()) json["setting"] = table.setting;
  json["rows"] = rows;
  return json.dump();
}

PublishedTable published_of(std::string_view task_json, const std::string& name) {
  PublishedTable table;
  try {
    const Json task = Json::parse(io::shallow_json(task_json, name));
    if (!task.contains("published")) return table;
    const Json& published = task.at("published");
    table = {published.at("metric"), published.at("caption"), published.at("source"), {}, {}};
    if (published.contains("setting"))
      table.setting = published.at("setting").get<std::map<std::string, std::string>>();
    for (const Json& row : published.at("rows"))
      table.rows.push_back({row.at("name"), row.at("value"), optional_number<double>(row, "spread"),
                            optional_number<double>(row, "seconds"), optional_number<long>(row, "parameters")});
  } catch (const nlohmann::json::exception& error) {
    fail(name, ": expected the description of a task; ", error.what());
  }
  return table;
}

}  // namespace coset::report
