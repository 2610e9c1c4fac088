// `coset train TASK`, the same for every row of the table of tasks.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "cli/commit.h"
#include "cli/places.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/base/printable.h"
#include "coset/task/run.h"
#include "coset/train/run_folder.h"

namespace coset::cli {

namespace {

namespace fs = std::filesystem;
using task::in_folder;

struct Arguments {
  std::string preset;
  bool preset_named = false;  ///< on the command line
  std::string model, data, group, out, resume;
  std::int64_t seed = -1;
  int threads = 0;
  std::vector<std::string> assignments;
};

/// What each preset is for and sets, the models, then every key with its default.
std::string help_of(const task::Row& row) {
  const std::string data = row.needs_data ? " --data " + row.data_example : "";
  std::string text =
      "Example:\n  coset train " + row.name + data + " --preset " + row.presets.front().name + " epochs=10\n\nmodels:";
  for (const task::ModelChoice& choice : row.models) text += "\n  " + choice.name + ": " + choice.about;
  text += "\n\npresets:";
  for (const Preset& preset : row.presets) {
    text += "\n  " + preset.name + ": " + preset.help + "\n   ";
    for (const auto& [key, value] : preset.values) text += " " + key + "=" + value;
  }
  return text + "\n\nkey=value settings, with their values before the preset's:\n" + task::settings_of(row).to_string();
}

std::string absolute(const std::string& folder) {
  return folder.empty() ? "" : fs::absolute(folder).lexically_normal().string();
}

/// Settings that have an option of their own; empty values were not given.
Assignments named_settings(const Arguments& a) {
  return {{"data", absolute(a.data)}, {"group", a.group}, {"seed", a.seed < 0 ? "" : std::to_string(a.seed)}};
}

/// The model decides which settings there are, so it is looked for before they are applied.
std::string model_of(const Arguments& a) {
  std::string model = a.model;
  for (const std::string& word : a.assignments)
    if (word.starts_with("model=")) model = word.substr(6);
  return model;
}

/// The run's own settings; where the data lies now may be said.
Settings resumed(const task::Row& row, const Arguments& a) {
  const bool alone = a.assignments.empty() && a.seed < 0 && !a.preset_named && a.model.empty() && a.group.empty();
  check(alone, "[train] --resume goes on with the run's own settings; expected no model, preset, seed or key=value ",
        "beside it: change them in ", in_folder(a.resume, "config.yaml"));
  check(fs::exists(in_folder(a.resume, "config.yaml")), a.resume,
        ": no run to go on with: there is no config.yaml in it");
  check(a.out.empty() || fs::weakly_canonical(a.out) == fs::weakly_canonical(a.resume),
        "[train] --resume goes on in the run's own folder ", a.resume, "; received --out ", a.out);
  task::StoredRun run = task::read_run(a.resume);
  check(run.row == &row, a.resume, ": expected a run of ", row.name, "; received one of ", run.row->name);
  if (!a.data.empty()) run.settings.set("data", absolute(a.data), "--data");
  return run.settings;
}

/// Defaults, preset, named options, key=value.
Settings resolved(const task::Row& row, const Arguments& a) {
  Settings settings = task::settings_of(row, model_of(a));
  settings.apply_preset(row.presets, a.preset);
  for (const auto& [key, value] : named_settings(a))
    if (!value.empty()) settings.set(key, value, "command line");
  for (const std::string& assignment : a.assignments) settings.apply_assignment(assignment);
  return settings;
}

/// Said before the data is made rather than after; the loop finds out for itself what changes in between.
void check_free(const std::string& folder) {
  const std::string found = train::occupied_by(folder);
  const bool run = found == "config.yaml" || found == "checkpoints" || found == "metrics.jsonl";
  check(found.empty(), folder, " already holds ", run ? "a run; resume it or choose another folder" : found,
        run ? "" : ", which a run would replace; choose another folder");
  fs::path there = fs::absolute(folder).lexically_normal();
  while (!fs::exists(there) && there.has_relative_path()) there = there.parent_path();
  check(fs::is_directory(there), "cannot create the folder ", folder, ": ", there.string(), " is not a folder");
  check(::access(there.c_str(), W_OK | X_OK) == 0, "cannot create the folder ", folder, ": no permission to write to ",
        there.string());
}

/// The folder of the run. One that was made here and stays empty, because something refuses, is removed again.
class Place {
 public:
  Place(const Arguments& a, const std::string& stem) {
    if (!a.resume.empty()) {
      folder_ = a.resume;
    } else if (!a.out.empty()) {
      check_free(a.out);
      folder_ = a.out;
    } else {
      folder_ = train::claim_folder("runs/" + stem);
      claimed_ = true;
    }
  }
  ~Place() {
    if (claimed_ && ::rmdir(folder_.c_str()) == 0) ::rmdir("runs");
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
  bool claimed_ = false;
};

/// As typed, from the kernel; "coset ..." whatever the program's path.
std::string command_line() {
  std::ifstream file("/proc/self/cmdline");
  std::string text = "coset", word;
  std::getline(file, word, '\0');
  while (std::getline(file, word, '\0')) text += " " + word;
  return printable(text);
}

void train_row(const task::Row& row, const Arguments& a) {
  start_threads(a.threads);
  const Settings settings = a.resume.empty() ? resolved(row, a) : resumed(row, a);
  const Place place(a, row.name + "-" + settings.text("model") + "-" + a.preset);
  const task::RunResult result =
      task::run(row, settings,
                {.folder = place.folder(), .resume = !a.resume.empty(), .command = command_line(), .commit = commit()});
  if (result.training.stop == train::Stop::interrupted) throw ExitCode{128 + result.training.signal};
  std::fputs(result.certificate.to_string().c_str(), stderr);
  std::fputs(result.answer.table.c_str(), stderr);
  std::fprintf(stderr, "report: %s\n", in_folder(place.folder(), "report.html").c_str());
  std::printf("%s\n", result.answer.json.c_str());
}

void add_row(CLI::App& train, const task::Row& row) {
  auto a = std::make_shared<Arguments>();
  a->preset = row.presets.front().name;
  CLI::App* verb = train.add_subcommand(row.name, row.about);
  verb->footer(help_of(row));
  verb->add_option("--model", a->model, "one of the models below (default: " + row.models.front().name + ")");
  if (row.needs_data) verb->add_option("--data", a->data, "folder of the data, as shipped or extracted");
  if (task::settings_of(row).knows("group"))
    verb->add_option("--group", a->group,
                     "c4, c8, c16, d4, d8, ..., scales such as r+:4:1.26 (default: the model's own)");
  std::string presets;
  for (const Preset& preset : row.presets) presets += (presets.empty() ? "" : ", ") + preset.name;
  verb->add_option("--preset", a->preset, presets)->capture_default_str()->each([a](const std::string&) {
    a->preset_named = true;
  });
  verb->add_option("--out", a->out, "new run folder (default: runs/" + row.name + "-MODEL-PRESET)");
  verb->add_option("--resume", a->resume, "go on with the run in this folder, to the same bits");
  verb->add_option("--seed", a->seed, "of initial weights and order")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{4294967295}));
  add_threads(verb, a->threads);
  verb->add_option("settings", a->assignments, "key=value ...");
  verb->callback([a, &row] { train_row(row, *a); });
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* train = add_verb(app, "train");
  const task::Row& first = task::rows().front();
  train->footer("Example:\n  coset train " + first.name + " --preset " + first.presets.front().name);
  train->require_subcommand(1);
  for (const task::Row& row : task::rows()) add_row(*train, row);
}

}  // namespace coset::cli
