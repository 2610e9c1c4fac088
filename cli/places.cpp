#include "cli/places.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "cli/program.h"
#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/task/run.h"
#include "coset/train/runtime.h"

namespace coset::cli {

namespace fs = std::filesystem;
using task::in_folder;

namespace {

/// "; did you mean 'runs/b'?" of what lies beside a path that does not exist.
std::string nearest_beside(const fs::path& path) {
  const fs::path name = path.has_filename() ? path.filename() : path.parent_path().filename();
  const fs::path folder = (path.has_filename() ? path : path.parent_path()).parent_path();
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error))
    names.push_back(entry.path().filename().string());
  const std::string nearest = nearest_word(name.string(), names);
  return nearest.empty() ? "" : "; did you mean '" + (folder / nearest).string() + "'?";
}

}  // namespace

CLI::App* add_run_verb(CLI::App& app, const std::string& name, const std::string& example,
                       const std::shared_ptr<RunArguments>& arguments) {
  CLI::App* verb = add_verb(app, name);
  const auto shows =
      std::find_if(task::rows().begin(), task::rows().end(), [](const task::Row& row) { return row.show != nullptr; });
  const task::Row& row = name == "show" && shows != task::rows().end() ? *shows : task::rows().front();
  const std::string run = "runs/" + row.name + "-" + row.models.front().name + "-" + row.presets.front().name;
  verb->footer("Example:\n  coset " + name + " " + run + example);
  verb->add_option("run", arguments->run, "run folder, or a model file (eval and show: the one in a run folder)")
      ->required();
  add_threads(verb, arguments->threads);
  return verb;
}

void add_json_flag(CLI::App* verb, const std::shared_ptr<RunArguments>& arguments) {
  verb->add_flag("--json", arguments->json, "JSON only");
}

void add_threads(CLI::App* verb, int& threads) {
  verb->add_option("--threads", threads, "default: the CPUs this process gets; OMP_NUM_THREADS asks for fewer")
      ->check(CLI::Range(1, 1024));
}

void start_threads(int threads) {
  const train::Runtime runtime = train::start_runtime({.threads = threads});
  if (!runtime.warning.empty()) std::fprintf(stderr, "warning: %s\n", runtime.warning.c_str());
}

std::string find_model(const std::string& run_or_file) {
  if (!fs::is_directory(run_or_file)) {
    check(fs::exists(run_or_file), run_or_file, ": no such run folder or model file", nearest_beside(run_or_file));
    return run_or_file;
  }
  const std::string inside = task::model_file_of(run_or_file);
  if (fs::exists(inside)) return inside;
  find_run(run_or_file);
  fail(run_or_file, ": no model.safetensors: the run has not reached its first evaluation");
}

std::string find_run(const std::string& run_or_file) {
  const fs::path path(run_or_file);
  const std::string folder = fs::is_directory(path)   ? run_or_file
                             : path.has_parent_path() ? path.parent_path().string()
                                                      : ".";
  check(fs::exists(in_folder(folder, "config.yaml")), run_or_file,
        ": expected a run folder, or a model file in one; there is no ", in_folder(folder, "config.yaml"));
  return folder;
}

void print_answer(const std::string& json, const std::string& table, bool json_only) {
  if (!json_only) std::fputs(table.c_str(), stderr);
  std::printf("%s\n", json.c_str());
}

}  // namespace coset::cli
