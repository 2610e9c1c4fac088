/// Settings as YAML and JSON text: what stands in a run's config.yaml and in a model file's options.
///
/// Both are flat lists of key and value; maps may be nested: {optimizer: {lr: 1e-3}} sets the key "optimizer.lr". Every
/// reader here refuses, in one line that begins with `source`: more than kLargestText bytes, nesting deeper than
/// kDeepest, lists and missing values, YAML keys that stand twice, anchors and aliases (a few lines of them can stand
/// for gigabytes, or contain themselves), a second YAML document, and a text in which nothing stands.
#pragma once

#include <string>

#include "coset/base/settings.h"
#include "coset/io/limits.h"

namespace coset::io {

Assignments assignments_from_yaml(const std::string& yaml, const std::string& source);
Assignments assignments_from_json(const std::string& json, const std::string& source);

/// All of the text or, where it has a fault, none of it.
void apply_yaml(Settings& settings, const std::string& yaml, const std::string& source);
void apply_yaml_file(Settings& settings, const std::string& path);
void apply_json(Settings& settings, const std::string& json, const std::string& source);

/// One line: {"width": 64, "group": "c4"}; apply_json of it restores the settings exactly. Infinite numbers become texts.
std::string to_json(const Settings& settings);

}  // namespace coset::io
