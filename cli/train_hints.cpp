#include "cli/train_hints.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "cli/program.h"
#include "coset/task/task.h"

namespace coset::cli {

namespace {

/// The first word that was taken for a key=value and is none: the 1 of --epochs 1.
std::string stray_value(const CLI::App& verb) {
  for (const std::string& word : verb.get_option("settings")->results())
    if (word.find('=') == std::string::npos) return word;
  return "VALUE";
}

/// "epochs=1" for the words --epochs 1, --epochs=1 and --batch-size 5 among the words that no option took; "" otherwise.
std::string as_setting(const CLI::App& verb, const Settings& settings, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (!word.starts_with("--")) continue;
    const std::size_t equals = word.find('=');
    std::string key = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    std::replace(key.begin(), key.end(), '-', '_');
    if (!settings.knows(key)) continue;
    if (equals != std::string::npos) return key + word.substr(equals);
    return key + "=" + stray_value(verb);
  }
  return "";
}

}  // namespace

std::string explain_settings(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& at = innermost(app);
  for (const task::Row& row : task::rows()) {
    if (at.get_name() != row.name || at.get_parent() == nullptr || at.get_parent()->get_name() != "train") continue;
    const std::string setting = as_setting(at, task::settings_of(row), app.remaining(true));
    if (!setting.empty()) return "settings are words without dashes: " + setting;
  }
  return explain_verbs(app, error);
}

}  // namespace coset::cli
