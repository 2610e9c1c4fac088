#include "cli/training.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include <unistd.h>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/io/settings_text.h"

namespace coset::cli {

namespace {

/// Said before the data is made rather than after; the loop finds out for itself what changes in between.
void check_free(const std::string& folder) {
  namespace fs = std::filesystem;
  check(!fs::exists(in_folder(folder, "config.yaml")), folder,
        " already holds a run; resume it or choose another folder");
  fs::path there = fs::absolute(folder).lexically_normal();
  while (!fs::exists(there) && there.has_relative_path()) there = there.parent_path();
  check(fs::is_directory(there), "cannot create the folder ", folder, ": ", there.string(), " is not a folder");
  check(::access(there.c_str(), W_OK | X_OK) == 0, "cannot create the folder ", folder, ": no permission to write to ",
        there.string());
}

}  // namespace

void add_train_options(CLI::App& verb, TrainArguments& arguments, const std::string& presets,
                       const std::string& folder) {
  verb.add_option("--preset", arguments.preset, presets)->capture_default_str()->each([&arguments](const std::string&) {
    arguments.preset_named = true;
  });
  verb.add_option("--out", arguments.out, "new run folder (default: " + folder + ")");
  verb.add_option("--resume", arguments.resume, "go on with the run in this folder, to the same bits");
  verb.add_option("--seed", arguments.seed, "of initial weights and order")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{4294967295}));
  verb.add_option("--threads", arguments.threads, "default: the CPUs this process may use")->check(CLI::Range(1, 1024));
  verb.add_option("settings", arguments.overrides, "key=value ...");
}

std::string settings_help(const std::vector<Preset>& presets, const Settings& settings) {
  std::string text = "presets:";
  for (const Preset& preset : presets) {
    text += "\n  " + preset.name + ": " + preset.help + "\n   ";
    for (const auto& [key, value] : preset.values) text += " " + key + "=" + value;
  }
  return text + "\n\nkey=value settings, with their values before the preset's:\n" + settings.to_string();
}

Settings resolve(Settings settings, const std::vector<Preset>& presets, const TrainArguments& arguments,
                 const NamedSettings& named) {
  if (!arguments.resume.empty()) {
    std::string names;
    bool alone = arguments.overrides.empty() && arguments.seed < 0 && !arguments.preset_named;
    for (const auto& [key, value] : named) {
      names += key + ", ";
      alone = alone && value.empty();
    }
    check(alone, "[train] --resume goes on with the run's own settings; expected no ", names,
          "preset, seed or key=value beside it");
    const std::string file = in_folder(arguments.resume, "config.yaml");
    check(std::filesystem::exists(file), arguments.resume, ": no run to go on with: there is no config.yaml in it");
    check(arguments.out.empty() ||
              std::filesystem::weakly_canonical(arguments.out) == std::filesystem::weakly_canonical(arguments.resume),
          "[train] --resume goes on in the run's own folder ", arguments.resume, "; received --out ", arguments.out);
    io::apply_yaml_file(settings, file);
    return settings;
  }
  settings.apply_preset(presets, arguments.preset);
  for (const auto& [key, value] : named)
    if (!value.empty()) settings.apply_assignment(key + "=" + value);
  if (arguments.seed >= 0) settings.apply_assignment("seed=" + std::to_string(arguments.seed));
  for (const std::string& assignment : arguments.overrides) settings.apply_assignment(assignment);
  return settings;
}

train::Runtime start_training(const TrainArguments& arguments) {
  train::Runtime runtime = train::start_runtime({.threads = arguments.threads});
  if (!runtime.warning.empty()) std::fprintf(stderr, "warning: %s\n", runtime.warning.c_str());
  return runtime;
}

std::string run_folder(const TrainArguments& arguments, const std::string& stem) {
  if (!arguments.resume.empty()) return arguments.resume;
  if (!arguments.out.empty()) {
    check_free(arguments.out);
    return arguments.out;
  }
  for (int n = 1;; ++n) {
    const std::string folder = "runs/" + stem + (n == 1 ? "" : "-" + std::to_string(n));
    if (!std::filesystem::exists(folder)) return folder;
  }
}

void train_in_folder(train::Task& task, const Settings& config, const TrainArguments& arguments,
                     const std::string& folder) {
  train::LoopOptions options = train::loop_options(config);
  options.folder = folder;
  options.resume = !arguments.resume.empty();
  const train::TrainResult result = train::train(task, options);
  if (result.stop == train::Stop::interrupted) throw ExitCode{128 + result.signal};
}

void write_result(const std::string& folder, const std::string& result, const Answer& certificate) {
  io::atomic_write(in_folder(folder, "result.json"), result + "\n");
  io::atomic_write(in_folder(folder, "certificate.json"), certificate.json + "\n");
}

void print_result(const std::string& folder, const Answer& certificate, const Answer& answer) {
  std::fputs(certificate.table.c_str(), stderr);
  std::fputs(answer.table.c_str(), stderr);
  std::fprintf(stderr, "report: %s\n", in_folder(folder, "report.html").c_str());
  std::printf("%s\n", answer.json.c_str());
}

}  // namespace coset::cli
