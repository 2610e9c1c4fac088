/// A task is a row: settings, presets, data, loss, score and published numbers of something to learn.
///
/// The program's verbs (train, eval, check, predict, show, info) work for every row; none of them is named there.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coset/base/settings.h"
#include "coset/model/model.h"
#include "coset/train/loop.h"

namespace coset::task {

/// A network that a task can train: an architecture with some of its options set.
struct ModelChoice {
  std::string name;  ///< on the command line: --model segnn
  std::string about;
  std::string architecture;
  Assignments options = {};
};

/// One training run of a task: data and model. train::Task's loss, parameters, evaluate are the loop's side.
class Task : public train::Task {
 public:
  virtual model::Model& model() = 0;
  /// The options that model() was built with, derived ones included.
  virtual const Settings& model_options() const = 0;
  /// A few examples for the model file and the certificate.
  virtual model::NamedValues example() = 0;
  /// JSON objects for the model file: class names, units of people.
  virtual std::string labels() const { return "{}"; }
  /// What a person reads after training and `coset eval`: metrics of the weights in the model (validation, test, turned
  /// test sets, ...), first the one that decides. Names become JSON keys.
  virtual train::Metrics score() = 0;
  /// Pictures, trajectories, parity plots for the report, into the run folder. Optional.
  virtual void illustrate(const std::string& run_folder) { static_cast<void>(run_folder); }
  /// One line on how the data came to be; empty: nothing to say.
  virtual std::string note() const { return {}; }
};

struct Row {
  std::string name;         ///< coset train NAME
  std::string about;        ///< one line
  bool needs_data = false;  ///< --data is required
  std::vector<ModelChoice> models;
  std::string default_model;
  /// Settings of data and task; the program adds `task`, `model`, `data`, the options of the chosen architecture and
  /// train::loop_settings(loop).
  std::vector<Setting> (*settings)();
  train::LoopDefaults loop;
  std::vector<Preset> presets;
  std::string default_preset;
  std::unique_ptr<Task> (*make)(const Settings& settings);

  // Optional: what is special about this task's files and pictures; null where the generic verb serves.
  void (*predict)(model::Loaded& loaded, const std::string& in, const std::string& out) = nullptr;
  void (*show)(model::Loaded& loaded, const std::string& run, const std::string& in) = nullptr;
  void (*write_data)(const Settings& settings, const std::string& out) = nullptr;  ///< coset data NAME
  std::vector<Setting> (*data_settings)() = nullptr;                               ///< of write_data
};

/// Those of the library, then those that a program added.
void add_row(const Row& row);
const std::vector<Row>& rows();
const Row& row(const std::string& name);  ///< @throws coset::Error naming the nearest

/// Every setting of a run of this row with this model (empty: the default one).
Settings settings_of(const Row& row, const std::string& model = {});

/// Trains in a run folder, writes model file, result, certificate and report: what `coset train` does after parsing.
struct RunOptions {
  std::string folder;
  bool resume = false;
  std::FILE* display = stderr;
};
struct RunResult {
  train::TrainResult training;
  std::string json;   ///< {"model","parameters","epoch",...}
  std::string table;  ///< beside the published numbers
  verify::Certificate certificate;
};
RunResult run(const Row& row, const Settings& settings, const RunOptions& options);

}  // namespace coset::task
