/// Runs and model files, as the verbs take them.
#pragma once

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace coset::cli {

/// What the verbs on runs and models share.
struct RunArguments {
  std::string run;
  std::string in, out, data;
  int threads = 0;
  bool json = false;
};

/// Adds a verb with RUN, --threads and an example made of the first task's default run: "coset eval RUN".
CLI::App* add_run_verb(CLI::App& app, const std::string& name, const std::string& example,
                       const std::shared_ptr<RunArguments>& arguments);
void add_json_flag(CLI::App* verb, const std::shared_ptr<RunArguments>& arguments);

/// Adds --threads to a verb; start_threads() obeys it and says on stderr what is to be said.
void add_threads(CLI::App* verb, int& threads);
void start_threads(int threads);

/// A run folder's model.safetensors, or the path itself when it is a file. @throws coset::Error naming what is there
/// instead, and the nearest name beside it where there is nothing
std::string find_model(const std::string& run_or_file);

/// The run folder itself, or the one around a model file: where config.yaml says what the model was trained on.
/// @throws coset::Error when there is no config.yaml
std::string find_run(const std::string& run_or_file);

/// JSON on stdout; the table for people on stderr unless only JSON is asked for.
void print_answer(const std::string& json, const std::string& table, bool json_only);

}  // namespace coset::cli
