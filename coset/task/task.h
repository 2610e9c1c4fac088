/// A task is a row: settings, presets, data, loss, score and published numbers of something to learn.
///
/// The program's verbs (train, eval, check, predict, show, info) work for every row; none of them is named there. A new
/// task is one file pair here, or a row that a program of your own adds with add_row.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coset/base/settings.h"
#include "coset/io/npz.h"
#include "coset/model/model.h"
#include "coset/report/published.h"
#include "coset/train/loop.h"
#include "coset/train/loop_settings.h"

namespace coset::task {

/// A network that a task can train: an architecture with some of its options decided.
struct ModelChoice {
  std::string name;  ///< on the command line: --model segnn
  std::string about;
  std::string architecture;
  Assignments options = {};   ///< of the architecture; decided, so no settings of a run
  Assignments defaults = {};  ///< of other options, where they differ from the architecture's own
};

/// One training run of a task: data and model. train::Task's loss and evaluate are the loop's side.
class Task : public train::Task {
 public:
  /// What build_model made.
  model::Model& model() { return *model_; }
  torch::nn::Module& module() override { return *model_; }
  /// The options that model() was built with, derived ones included.
  const Settings& model_options() const { return options_; }
  /// A few examples for the model file and the certificate.
  virtual model::NamedValues example() = 0;
  /// A JSON object for the model file: class names, units of people.
  virtual std::string labels() const { return "{}"; }
  /// What a person reads after training and `coset eval`: metrics of the weights in the model, which is in evaluation
  /// mode. Names become JSON keys. By default those of evaluate(): "val_NAME" and, where there is one, "test_NAME".
  virtual train::Metrics score();
  /// Pictures, trajectories, parity plots for the report, into the run folder. Optional.
  virtual void illustrate(const std::string& run_folder) { static_cast<void>(run_folder); }
  /// One line on how the data came to be; empty: nothing to say.
  virtual std::string note() const { return {}; }

 protected:
  /// Builds the network that `task` and `model` of the settings name, with the settings' options and weights drawn from
  /// their seed. `derived` are options that the data decides. To be called once, in the constructor.
  void build_model(const Settings& settings, const Assignments& derived = {});

 private:
  Settings options_;
  std::shared_ptr<model::Model> model_;
};

/// How `coset predict` reads this task's files where their arrays are not simply named and shaped as the model's values.
struct PredictFiles {
  /// Names of the arrays to read: (the model's input, the file's array).
  Assignments inputs;
  /// What is added to the file: (the model's output, the file's array).
  Assignments outputs;
  /// Arrays of some rows of the file, named and shaped as in the file -> the model's inputs. Null: as they are.
  model::NamedValues (*convert)(const io::Arrays& arrays, const model::Loaded& loaded,
                                const std::string& file) = nullptr;
  /// Further arrays made of the outputs: class indices of logits. Null: none.
  io::Arrays (*derive)(const model::NamedValues& outputs) = nullptr;
};

struct Row {
  std::string name;                 ///< coset train NAME
  std::string about;                ///< one line
  bool needs_data = false;          ///< --data FOLDER is required
  std::string data_example = {};    ///< a folder's name for the help
  std::vector<ModelChoice> models;  ///< the first is the default
  /// Settings of data and task; settings_of adds `task`, `model`, `data`, the options of the chosen architecture and
  /// train::loop_settings(loop).
  std::vector<Setting> (*settings)() = nullptr;
  train::LoopDefaults loop = {};
  std::vector<Preset> presets = {};  ///< the first is the default
  std::unique_ptr<Task> (*make)(const Settings& settings) = nullptr;

  // Optional: what is special about this task's results, files and pictures; left out where the generic verb serves.
  report::PublishedTable published = {};
  void (*upgrade)(Assignments& stored) = nullptr;  ///< makes a config.yaml of an earlier version one of today's
  PredictFiles files = {};
  void (*show)(model::Loaded& loaded, const std::string& run, const std::string& in) = nullptr;
  std::vector<Setting> (*data_settings)() = nullptr;  ///< of write_data
  std::string data_help = {};
  /// `coset data NAME`: simulates and writes. Returns what it wrote: (name, description) a line.
  std::vector<std::pair<std::string, std::string>> (*write_data)(const Settings& settings,
                                                                 const std::string& out) = nullptr;
};

/// Those of the library, then those that a program added. @throws coset::Error on a name used twice
void add_row(const Row& row);
const std::deque<Row>& rows();            ///< a reference to a row stays good when others are added
const Row& row(const std::string& name);  ///< @throws coset::Error naming the nearest

/// The model of a row, "" for its default. @throws coset::Error naming the nearest
const ModelChoice& choice(const Row& row, const std::string& model = {});

/// Every setting of a run of this row with this model (empty: the default one), in the order of the file:
/// task, model, data (where the row needs it), options of the architecture, settings of the row, settings of the loop.
/// A row may declare an option of the architecture itself, with a default or range of its own.
Settings settings_of(const Row& row, const std::string& model = {});

}  // namespace coset::task
