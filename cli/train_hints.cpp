#include "cli/train_hints.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "cli/program.h"
#include "coset/task/task.h"

namespace coset::cli {

namespace {

/// "epochs=1" for the words --epochs 1, --epochs=1 and --batch-size 5 among the words that no option took; "" otherwise.
std::string as_setting(const Settings& settings, const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with("--")) continue;
    const std::size_t equals = words[i].find('=');
    std::string key = words[i].substr(2, equals == std::string::npos ? equals : equals - 2);
    std::replace(key.begin(), key.end(), '-', '_');
    if (!settings.knows(key)) continue;
    if (equals != std::string::npos) return key + words[i].substr(equals);
    return key + "=" + (i + 1 < words.size() && !words[i + 1].starts_with('-') ? words[i + 1] : "VALUE");
  }
  return "";
}

}  // namespace

std::string explain_settings(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& at = innermost(app);
  for (const task::Row& row : task::rows()) {
    if (at.get_name() != row.name || at.get_parent() == nullptr || at.get_parent()->get_name() != "train") continue;
    const std::string setting = as_setting(task::settings_of(row), app.remaining(true));
    if (!setting.empty()) return "settings are words without dashes: " + setting;
  }
  return explain_verbs(app, error);
}

}  // namespace coset::cli
