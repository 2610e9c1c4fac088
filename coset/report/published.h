/// Published results of the tasks this program trains, to stand beside a run's own.
#pragma once

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
};

/// The table of a task ("nbody", "rotmnist"), or nullptr where none is known.
const PublishedTable* published(std::string_view task);

}  // namespace coset::report
