/// Looking into the JSON files of a run; internal to this room.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace coset::report {

using Json = nlohmann::ordered_json;

/// The object in a file's text. @throws coset::Error "NAME: ..." on anything else, and on deep nesting
Json parsed(std::string_view text, const std::string& name);

/// A number as figure() writes it, anything else as escaped text.
std::string value_text(const Json& value);

/// The word under `key`, or `otherwise` where there is none.
std::string word(const Json& object, const char* key, const std::string& otherwise = "");

}  // namespace coset::report
