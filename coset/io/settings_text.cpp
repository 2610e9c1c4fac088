#include "coset/io/settings_text.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"

namespace coset::io {

namespace {

void check_size(const std::string& text, const std::string& source) {
  check(text.size() <= kLargestText, source, ": expected at most ", kLargestText, " bytes of settings; received ",
        text.size());
}

void check_depth(std::size_t depth, const std::string& source) {
  check(depth <= kDeepest, source, ": expected maps nested at most ", kDeepest, " deep");
}

/// Collects scalars under their dotted names while the parser reads; nothing is built that the text could blow up.
class FlatMap : public YAML::EventHandler {
 public:
  explicit FlatMap(const std::string& source) : source_(source) {}

  const Assignments& found() const { return found_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse_reference(mark); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_reference(mark); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (prefixes_.empty()) return;  // an empty document
    refuse(mark, "nothing");
  }

  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string& value) override {
    check(!prefixes_.empty(), source_, ": expected lines 'key: value'");
    if (at_key_) {
      key_ = prefixes_.back() + value;
      line_ = mark.line + 1;
    } else {
      found_.emplace_back(key_, value);
    }
    at_key_ = !at_key_;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    check(!prefixes_.empty(), source_, ": expected lines 'key: value'");
    refuse(mark, "a list");
  }
  void OnSequenceEnd() override {}

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    if (!prefixes_.empty() && at_key_) refuse(mark, "a map");
    prefixes_.push_back(prefixes_.empty() ? "" : key_ + ".");
    check_depth(prefixes_.size(), source_);
    at_key_ = true;
  }
  void OnMapEnd() override {
    prefixes_.pop_back();
    at_key_ = true;
  }

 private:
  [[noreturn]] void refuse(const YAML::Mark& mark, const char* received) const {
    check(!at_key_, source_, ": expected a word as key at line ", mark.line + 1);
    fail(source_, ": expected one value for '", key_, "' at line ", line_, "; received ", received);
  }
  [[noreturn]] void refuse_reference(const YAML::Mark& mark) const {
    fail(source_, ": expected plain values; received an anchor or alias (& or *) at line ", mark.line + 1);
  }

  const std::string& source_;
  Assignments found_;
  std::vector<std::string> prefixes_;  // of the maps around this place
  std::string key_;
  int line_ = 0;
  bool at_key_ = true;
};

using nlohmann::ordered_json;

std::string json_word(const ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void flatten(const ordered_json& object, const std::string& prefix, const std::string& source, Assignments& found) {
  for (const auto& [key, value] : object.items()) {
    const std::string name = prefix + key;
    if (value.is_object()) {
      flatten(value, name + ".", source, found);
    } else {
      check(value.is_primitive() && !value.is_null(), source, ": expected one value for '", name, "'; received ",
            value.is_array() ? "a list" : "nothing");
      found.emplace_back(name, json_word(value));
    }
  }
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

}  // namespace

Assignments assignments_from_yaml(const std::string& yaml, const std::string& source) {
  check_size(yaml, source);
  check(!is_blank(yaml), source, " is empty: expected lines 'key: value'");
  FlatMap map(source);
  try {
    std::istringstream stream(yaml);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(map);
    check(!map.found().empty(), source, ": expected lines 'key: value'; received none");
    FlatMap second(source);
    check(!parser.HandleNextDocument(second), source, ": expected one YAML document; received a second one");
  } catch (const YAML::Exception& error) {
    fail(source, ": not YAML: ", error.msg, " at line ", error.mark.line + 1);
  }
  return map.found();
}

Assignments assignments_from_json(const std::string& json, const std::string& source) {
  check_size(json, source);
  check_json_depth(json, source);
  Assignments found;
  try {
    const ordered_json object = ordered_json::parse(json);
    check(object.is_object(), source, ": expected a JSON object");
    flatten(object, "", source, found);
  } catch (const nlohmann::json::exception&) {
    fail(source, ": not JSON");
  }
  return found;
}

void apply_yaml(Settings& settings, const std::string& yaml, const std::string& source) {
  settings.apply(assignments_from_yaml(yaml, source), source);
}

void apply_yaml_file(Settings& settings, const std::string& path) {
  apply_yaml(settings, read_text_file(path), path);
}

void apply_json(Settings& settings, const std::string& json, const std::string& source) {
  settings.apply(assignments_from_json(json, source), source);
}

std::string to_json(const Settings& settings) {
  ordered_json object = ordered_json::object();
  for (const Setting& setting : settings.declared()) {
    const auto* real = std::get_if<double>(&setting.value);
    if (real != nullptr && !std::isfinite(*real))
      object[setting.name] = settings.word(setting.name);
    else
      std::visit([&](const auto& value) { object[setting.name] = value; }, setting.value);
  }
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace coset::io
