#include "coset/train/config.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include <yaml-cpp/yaml.h>

#include "coset/base/error.h"

namespace coset::train {

namespace {

const char* type_name(const Value& value) {
  constexpr const char* names[] = {"true or false", "a whole number", "a number", "a text"};
  return names[value.index()];
}

/// The whole word as a number of type T; no leading plus, no trailing text.
template <class T>
bool parse_number(const std::string& word, T& number) {
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, number);
  return error == std::errc() && stop == end && !word.empty();
}

bool parse(const std::string& word, Value& value) {
  if (auto* flag = std::get_if<bool>(&value)) {
    *flag = word == "true";
    return *flag || word == "false";
  }
  if (auto* integer = std::get_if<std::int64_t>(&value)) return parse_number(word, *integer);
  if (auto* real = std::get_if<double>(&value)) return parse_number(word, *real) && !std::isnan(*real);
  std::get<std::string>(value) = word;
  return word.find_first_of("\n\r") == std::string::npos;
}

std::string shortest(double value) {
  char digits[64];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  COSET_ASSERT(error == std::errc());
  return {digits, end};
}

std::string join(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

/// The word as it may stand in a one-line message.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word.substr(0, 80)) text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return text + (word.size() > 80 ? "...'" : "'");
}

/// What the key accepts, for messages and for comments: "a number in [0, 1]".
std::string expectation(const Key& key) {
  if (!key.choices.empty()) return "one of " + join(key.choices, ", ");
  const std::string type = type_name(key.value);
  const bool low = std::isfinite(key.least);
  const bool high = std::isfinite(key.most);
  if (low && high) return type + " in [" + shortest(key.least) + ", " + shortest(key.most) + "]";
  if (low) return type + " >= " + shortest(key.least);
  if (high) return type + " <= " + shortest(key.most);
  return type;
}

bool allowed(const Key& key, const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return key.choices.empty() || std::find(key.choices.begin(), key.choices.end(), *text) != key.choices.end();
  }
  if (std::holds_alternative<bool>(value)) return true;
  const auto* integer = std::get_if<std::int64_t>(&value);
  const double number = integer ? static_cast<double>(*integer) : std::get<double>(value);
  return number >= key.least && number <= key.most;
}

std::string printed(const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return shortest(*real);
  YAML::Emitter out;
  out << YAML::DoubleQuoted << std::get<std::string>(value);
  return out.c_str();
}

using Assignments = std::vector<std::pair<std::string, std::string>>;

void flatten(const YAML::Node& node, const std::string& prefix, const std::string& source, Assignments& found) {
  for (const auto& entry : node) {
    check(entry.first.IsScalar(), source, ": expected a word as key at line ", entry.first.Mark().line + 1);
    const std::string name = prefix + entry.first.Scalar();
    if (entry.second.IsMap()) {
      flatten(entry.second, name + ".", source, found);
    } else {
      check(entry.second.IsScalar(), source, ": expected one value for '", name, "' at line ",
            entry.first.Mark().line + 1, "; received ", entry.second.IsSequence() ? "a list" : "nothing");
      found.emplace_back(name, entry.second.Scalar());
    }
  }
}

}  // namespace

Config::Config(std::vector<Key> keys) : keys_(std::move(keys)) {
  std::set<std::string> seen;
  for (const Key& key : keys_) {
    check(seen.insert(key.name).second, "[train::Config] key '", key.name, "' is declared twice");
    check(allowed(key, key.value), "[train::Config] the default of '", key.name, "' is not ", expectation(key));
  }
}

Key& Config::find(const std::string& name, const std::string& source) {
  for (Key& key : keys_) {
    if (key.name == name) return key;
  }
  std::vector<std::string> names;
  for (const Key& key : keys_) names.push_back(key.name);
  const std::string nearest = nearest_word(name, names);
  fail(source, ": unknown key ", quoted(name),
       nearest.empty() ? "; known keys: " + join(names, ", ") : "; did you mean '" + nearest + "'?");
}

const Key& Config::get(const std::string& name) const {
  const auto place = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.name == name; });
  check(place != keys_.end(), "[train::Config] key '", name, "' was never declared");
  return *place;
}

void Config::set(const std::string& name, const std::string& word, const std::string& source) {
  Key& key = find(name, source);
  Value value = key.value;
  check(parse(word, value) && allowed(key, value), source, ": expected ", expectation(key), " for '", name,
        "'; received ", quoted(word));
  key.value = std::move(value);
}

void Config::apply_preset(const std::vector<Preset>& presets, const std::string& name) {
  std::vector<std::string> names;
  for (const Preset& preset : presets) {
    names.push_back(preset.name);
    if (preset.name != name) continue;
    for (const auto& [key, word] : preset.values) set(key, word, "preset " + name);
    return;
  }
  const std::string nearest = nearest_word(name, names);
  fail("unknown preset ", quoted(name), "; ", nearest.empty() ? "" : "did you mean '" + nearest + "'? ",
       "presets: ", join(names, ", "));
}

void Config::apply_yaml(const std::string& text, const std::string& source) {
  Assignments found;
  try {
    const YAML::Node root = YAML::Load(text);
    check(root.IsMap() || root.IsNull(), source, ": expected lines 'key: value'");
    if (root.IsMap()) flatten(root, "", source, found);
  } catch (const YAML::Exception& error) {
    fail(source, ": not YAML: ", error.msg, " at line ", error.mark.line + 1);
  }
  std::set<std::string> seen;
  Config changed = *this;  // a text with a fault changes nothing
  for (const auto& [name, word] : found) {
    check(seen.insert(name).second, source, ": key '", name, "' stands twice");
    changed.set(name, word, source);
  }
  keys_ = std::move(changed.keys_);
}

void Config::apply_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  check(static_cast<bool>(file) && static_cast<bool>(text << file.rdbuf()), "cannot read the configuration ", path);
  apply_yaml(text.str(), path);
}

void Config::apply_override(const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  check(equals != std::string::npos && equals > 0, "expected key=value; received ", quoted(assignment));
  set(assignment.substr(0, equals), assignment.substr(equals + 1), "command line");
}

bool Config::flag(const std::string& name) const {
  const auto* value = std::get_if<bool>(&get(name).value);
  check(value != nullptr, "[train::Config] key '", name, "' is ", type_name(get(name).value),
        ", asked as true or false");
  return *value;
}

std::int64_t Config::integer(const std::string& name) const {
  const auto* value = std::get_if<std::int64_t>(&get(name).value);
  check(value != nullptr, "[train::Config] key '", name, "' is ", type_name(get(name).value),
        ", asked as a whole number");
  return *value;
}

double Config::real(const std::string& name) const {
  const auto* value = std::get_if<double>(&get(name).value);
  check(value != nullptr, "[train::Config] key '", name, "' is ", type_name(get(name).value), ", asked as a number");
  return *value;
}

const std::string& Config::text(const std::string& name) const {
  const auto* value = std::get_if<std::string>(&get(name).value);
  check(value != nullptr, "[train::Config] key '", name, "' is ", type_name(get(name).value), ", asked as a text");
  return *value;
}

std::string Config::yaml() const {
  std::string text;
  for (const Key& key : keys_) {
    text += key.name + ": " + printed(key.value) + "  # " + key.doc + (key.unit.empty() ? "" : " [" + key.unit + "]") +
            "\n";
  }
  return text;
}

}  // namespace coset::train
