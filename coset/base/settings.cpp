#include "coset/base/settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "coset/base/error.h"

namespace coset {

namespace {

const char* type_name(const SettingValue& value) {
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

bool parse(const std::string& word, SettingValue& value) {
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
  for (const char c : word.substr(0, 80)) text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return text + (word.size() > 80 ? "...'" : "'");
}

/// What the setting accepts, for messages and for comments: "a number in [0, 1]".
std::string expectation(const Setting& setting) {
  if (!setting.choices.empty()) return "one of " + join(setting.choices, ", ");
  const std::string type = type_name(setting.value);
  const bool low = std::isfinite(setting.least);
  const bool high = std::isfinite(setting.most);
  if (low && high) return type + " in [" + shortest(setting.least) + ", " + shortest(setting.most) + "]";
  if (low) return type + " >= " + shortest(setting.least);
  if (high) return type + " <= " + shortest(setting.most);
  return type;
}

bool allowed(const Setting& setting, const SettingValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    const auto& choices = setting.choices;
    return choices.empty() || std::find(choices.begin(), choices.end(), *text) != choices.end();
  }
  if (std::holds_alternative<bool>(value)) return true;
  const auto* integer = std::get_if<std::int64_t>(&value);
  const double number = integer ? static_cast<double>(*integer) : std::get<double>(value);
  return number >= setting.least && number <= setting.most;
}

std::string word_of(const SettingValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return shortest(*real);
  return std::get<std::string>(value);
}

/// A double-quoted YAML scalar. UTF-8 passes as it is; control characters become \xNN.
std::string yaml_quoted(const std::string& text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// One line of text, for comments.
std::string comment(const Setting& setting) {
  if (setting.help.empty() && setting.unit.empty()) return "";
  return "  # " + setting.help + (setting.unit.empty() ? "" : " [" + setting.unit + "]");
}

std::vector<std::string> names_of(const std::vector<Setting>& settings) {
  std::vector<std::string> names;
  for (const Setting& setting : settings) names.push_back(setting.name);
  return names;
}

}  // namespace

Settings::Settings(std::vector<Setting> declared) {
  declare(declared);
}

Settings& Settings::declare(const std::vector<Setting>& more) {
  std::set<std::string> seen;
  for (const Setting& setting : declared_) seen.insert(setting.name);
  for (const Setting& setting : more) {
    check(seen.insert(setting.name).second, "[Settings] '", setting.name, "' is declared twice");
    check(allowed(setting, setting.value), "[Settings] the default of '", setting.name, "' is not ",
          expectation(setting));
  }
  declared_.insert(declared_.end(), more.begin(), more.end());
  return *this;
}

Setting& Settings::find(const std::string& name, const std::string& source) {
  for (Setting& setting : declared_)
    if (setting.name == name) return setting;
  const std::vector<std::string> names = names_of(declared_);
  const std::string nearest = nearest_word(name, names);
  fail(source, ": unknown key ", quoted(name),
       nearest.empty() ? "; known keys: " + join(names, ", ") : "; did you mean '" + nearest + "'?");
}

const Setting& Settings::get(const std::string& name) const {
  const auto place =
      std::find_if(declared_.begin(), declared_.end(), [&](const Setting& setting) { return setting.name == name; });
  check(place != declared_.end(), "[Settings] '", name, "' was never declared");
  return *place;
}

bool Settings::knows(const std::string& name) const {
  return std::any_of(declared_.begin(), declared_.end(), [&](const Setting& setting) { return setting.name == name; });
}

void Settings::set(const std::string& name, const std::string& word, const std::string& source) {
  Setting& setting = find(name, source);
  SettingValue value = setting.value;
  check(parse(word, value) && allowed(setting, value), source, ": expected ", expectation(setting), " for '", name,
        "'; received ", quoted(word));
  setting.value = std::move(value);
}

void Settings::apply(const Assignments& assignments, const std::string& source) {
  std::set<std::string> seen;
  Settings changed = *this;
  for (const auto& [name, word] : assignments) {
    check(seen.insert(name).second, source, ": key ", quoted(name), " stands twice");
    changed.set(name, word, source);
  }
  declared_ = std::move(changed.declared_);
}

void Settings::apply_assignment(const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  check(equals != std::string::npos && equals > 0, "expected key=value; received ", quoted(assignment));
  const std::string name = assignment.substr(0, equals);
  check(!find(name, "command line").derived, "command line: '", name,
        "' follows from the data; expected no value for it");
  set(name, assignment.substr(equals + 1), "command line");
}

void Settings::apply_preset(const std::vector<Preset>& presets, const std::string& name) {
  std::vector<std::string> names;
  for (const Preset& preset : presets) {
    names.push_back(preset.name);
    if (preset.name == name) return apply(preset.values, "preset " + name);
  }
  const std::string nearest = nearest_word(name, names);
  fail("unknown preset ", quoted(name), "; ", nearest.empty() ? "" : "did you mean '" + nearest + "'? ",
       "presets: ", join(names, ", "));
}

void Settings::take(const Settings& other) {
  Settings changed = *this;
  for (const Setting& setting : other.declared_)
    if (knows(setting.name)) changed.set(setting.name, word_of(setting.value), "settings");
  declared_ = std::move(changed.declared_);
}

bool Settings::flag(const std::string& name) const {
  const auto* value = std::get_if<bool>(&get(name).value);
  check(value != nullptr, "[Settings] '", name, "' is ", type_name(get(name).value), ", asked as true or false");
  return *value;
}

std::int64_t Settings::integer(const std::string& name) const {
  const auto* value = std::get_if<std::int64_t>(&get(name).value);
  check(value != nullptr, "[Settings] '", name, "' is ", type_name(get(name).value), ", asked as a whole number");
  return *value;
}

double Settings::real(const std::string& name) const {
  const auto* value = std::get_if<double>(&get(name).value);
  check(value != nullptr, "[Settings] '", name, "' is ", type_name(get(name).value), ", asked as a number");
  return *value;
}

const std::string& Settings::text(const std::string& name) const {
  const auto* value = std::get_if<std::string>(&get(name).value);
  check(value != nullptr, "[Settings] '", name, "' is ", type_name(get(name).value), ", asked as a text");
  return *value;
}

std::string Settings::word(const std::string& name) const {
  return word_of(get(name).value);
}

std::string Settings::to_string() const {
  std::string text;
  for (const Setting& setting : declared_) {
    const auto* word = std::get_if<std::string>(&setting.value);
    text += setting.name + ": " + (word ? yaml_quoted(*word) : word_of(setting.value)) + comment(setting) + "\n";
  }
  return text;
}

}  // namespace coset
