/// What every `coset train TASK` shares: the settings of the training loop, the command line, the run folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/experiments.h"
#include "coset/base/settings.h"
#include "coset/train/loop_settings.h"
#include "coset/train/runtime.h"

namespace coset::cli {

struct TrainArguments {
  std::string preset;
  bool preset_named = false;  ///< on the command line
  std::string out, resume;
  std::int64_t seed = -1;
  int threads = 0;
  std::vector<std::string> overrides;
};

/// Adds --preset, --out, --resume, --seed, --threads and the key=value words to a verb. `presets` and `folder`
/// complete their help.
void add_train_options(CLI::App& verb, TrainArguments& arguments, const std::string& presets,
                       const std::string& folder);

/// Help of a task's presets and settings: what each preset is for and sets, then every key with its default.
std::string settings_help(const std::vector<Preset>& presets, const Settings& settings);

/// Options with a name of their own that set a key of the same name; empty values were not given.
using NamedSettings = std::vector<std::pair<std::string, std::string>>;

/// The run's settings: defaults, preset, `named`, --seed, key=value; with --resume its config.yaml and nothing else.
Settings resolve(Settings settings, const std::vector<Preset>& presets, const TrainArguments& arguments,
                 const NamedSettings& named);

/// start_runtime() of --threads; its warning goes to stderr.
train::Runtime start_training(const TrainArguments& arguments);

/// The folder of --resume; that of --out, which must be free and writable; otherwise a fresh one under runs/: STEM,
/// then STEM-2, STEM-3, ...
std::string run_folder(const TrainArguments& arguments, const std::string& stem);

/// Trains in `folder`. @throws ExitCode 128 + n when signal n stopped it; the checkpoint is written
void train_in_folder(train::Task& task, const Settings& config, const TrainArguments& arguments,
                     const std::string& folder);

/// result.json and certificate.json, from which report::write_page makes the page. `result` is one JSON object.
void write_result(const std::string& folder, const std::string& result, const Answer& certificate);

/// The last words of a run: tables and the report's place on stderr, the answer's JSON line on stdout.
void print_result(const std::string& folder, const Answer& certificate, const Answer& answer);

}  // namespace coset::cli
