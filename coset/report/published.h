/// Published results of a task, to stand beside a run's own. A task has them (coset/task); a run's task.json carries
/// them to the page, so this room knows no task.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coset::report {

struct PublishedRow {
  std::string name;
  double value = 0.0;
  std::optional<double> spread;   ///< standard deviation over seeds, where it was reported
  std::optional<double> seconds;  ///< forward pass of the paper's batch on the paper's GPU
  std::optional<long> parameters;
};

struct PublishedTable {
  std::string metric;   ///< key of result.json that is comparable: "test_mse", "test_error"
  std::string caption;  ///< what was measured, and how
  std::string source;
  std::vector<PublishedRow> rows;  ///< from the largest error to the smallest
  /// Keys of config.yaml whose values the rows were measured with; a run with others does not stand beside them.
  std::map<std::string, std::string> setting = {};
};

/// {"metric","caption","source","setting"?: {KEY: VALUE},
/// "rows":[{"name","value","spread"?,"seconds"?,"parameters"?}]}
std::string to_json(const PublishedTable& table);

/// The table of a task.json: {"name","about","published"?: what to_json gives}. Empty where it has none.
/// @throws coset::Error naming `name` when the text is of another form
PublishedTable published_of(std::string_view task_json, const std::string& name);

}  // namespace coset::report
