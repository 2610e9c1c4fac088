/// A training run from its settings to its report, and what can be said about a run folder later.
#pragma once

#include <string>

#include "coset/task/task.h"

namespace coset::task {

struct RunOptions {
  std::string folder;  ///< created; FOLDER/model.safetensors is the model of the best validation
  bool resume = false;
  std::FILE* display = stderr;  ///< progress, notes; nullptr: silent
  std::string command = {};     ///< as typed, for run.json and the page
  std::string commit = {};      ///< of the program, likewise
};

/// What a run's best model scores.
struct Answer {
  std::string json;   ///< {"model","parameters","epoch", what Task::score names ...}
  std::string table;  ///< the same for people, beside the published numbers
};

struct RunResult {
  train::TrainResult training;
  Answer answer;                    ///< empty when a signal stopped the training
  verify::Certificate certificate;  ///< likewise
};

/// Trains, keeps the best model in the folder, scores and certifies it, writes result.json, certificate.json, task.json
/// and the report: what `coset train` does after parsing.
/// @throws coset::Error as train::train, and on data that the task cannot use (nothing is written then)
RunResult run(const Row& row, const Settings& settings, const RunOptions& options);

/// The row and the settings that FOLDER/config.yaml names, earlier versions' files included.
struct StoredRun {
  const Row* row = nullptr;
  Settings settings;
};
StoredRun read_run(const std::string& folder);

/// The score of a model file on the data of a run. Options of the network are the file's own.
Answer evaluate(const StoredRun& run, const std::string& model_file);

/// The row whose task a model file was trained on, as the file says, else the first whose models have its architecture;
/// nullptr where there is none.
const Row* row_of(const model::Loaded& loaded);

/// "FOLDER/NAME"
std::string in_folder(const std::string& folder, const std::string& name);
/// "FOLDER/model.safetensors"
std::string model_file_of(const std::string& folder);

}  // namespace coset::task
