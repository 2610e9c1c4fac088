#include "coset/report/json_view.h"

#include "coset/base/error.h"
#include "coset/io/limits.h"
#include "coset/report/markup.h"

namespace coset::report {

Json parsed(std::string_view text, const std::string& name) {
  io::check_json_depth(text, name);
  Json json = Json::parse(text, nullptr, false);
  check(json.is_object(), name, ": expected a JSON object; received something else");
  return json;
}

std::string value_text(const Json& value) {
  if (value.is_number()) return figure(value.get<double>());
  return escaped(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string word(const Json& object, const char* key, const std::string& otherwise) {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : otherwise;
}

}  // namespace coset::report
