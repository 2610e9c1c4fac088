// Trains a task of the library from C++: a small network on few trajectories, then what its folder tells later.
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "coset/task/run.h"
#include "coset/train/runtime.h"

int main() {
  using namespace coset;
  train::start_runtime();
  const task::Row& row = task::row("nbody");
  Settings settings = task::settings_of(row, "segnn");
  settings.apply_preset(row.presets, "demo");
  settings.apply({{"width", "8"},
                  {"layers", "1"},
                  {"epochs", "4"},
                  {"train_samples", "100"},
                  {"valid_samples", "50"},
                  {"test_samples", "50"}},
                 "this example");

  const auto folder = std::filesystem::temp_directory_path() / ("coset_train_task_" + std::to_string(::getpid()));
  const task::RunResult result = task::run(row, settings, {.folder = folder, .display = stderr});
  std::printf("%s\n%s", result.answer.json.c_str(), result.certificate.to_string().c_str());

  const task::Answer again = task::evaluate(task::read_run(folder), task::model_file_of(folder));
  std::filesystem::remove_all(folder);
  return again.json == result.answer.json && result.certificate.verdict() == verify::Verdict::equivariant ? 0 : 1;
}
