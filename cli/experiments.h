/// The kinds of experiment behind the verbs train, eval, predict and check. A new one adds one line to experiments.cpp.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/verbs.h"

namespace coset::cli {

struct Answer {
  std::string json;   ///< one line, printed on stdout
  std::string table;  ///< the same for people, printed on stderr
  bool pass = true;
};

/// What one architecture of model files can do.
struct Experiment {
  std::string architecture;  ///< as the model file names it
  void (*add_train)(CLI::App& train);
  Answer (*evaluate)(const std::string& run, int threads);
  void (*predict)(const std::string& model, const std::string& in, const std::string& out);
  void (*show)(const std::string& run, const std::string& in) = nullptr;  ///< pictures; null where there are none
};

const std::vector<Experiment>& experiments();

/// The experiment whose architecture the model file names. @throws coset::Error when no experiment knows it
const Experiment& experiment_of(const std::string& model_file);

/// The certificate of a model file, whatever its architecture.
Answer check_model(const std::string& model_file);

/// A run folder's model.safetensors, or the path itself when it is a file. @throws coset::Error when neither exists
std::string find_model(const std::string& run_or_file);

/// The run folder itself, or the one around a model file: where config.yaml says what the model was trained on.
/// @throws coset::Error when there is no config.yaml
std::string find_run(const std::string& run_or_file);

/// "FOLDER/NAME"
std::string in_folder(const std::string& folder, const std::string& name);

}  // namespace coset::cli
