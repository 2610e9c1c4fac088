#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/image/experiment.h"
#include "cli/image/settings.h"
#include "cli/image/verbs.h"
#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/model/image_file.h"
#include "coset/report/page.h"
#include "coset/train/runtime.h"

namespace coset::cli {

namespace {

constexpr std::int64_t kExamples = 8;  // images in the model file

struct Arguments {
  std::string task;
  std::string data, model, group, out, resume;
  std::string preset = "narrow";
  std::int64_t seed = -1;
  int threads = 0;
  std::vector<std::string> overrides;
};

/// A fresh folder name under runs/: rotmnist-p4cnn-narrow, then -2, -3, ...
std::string new_folder(const std::string& stem) {
  for (int n = 1;; ++n) {
    const std::string folder = "runs/" + stem + (n == 1 ? "" : "-" + std::to_string(n));
    if (!std::filesystem::exists(folder)) return folder;
  }
}

train::Config resolve(const Arguments& a) {
  train::Config config = image_settings(a.task);
  if (!a.resume.empty()) {
    check(a.overrides.empty() && a.model.empty() && a.group.empty() && a.data.empty() && a.seed < 0,
          "[train] --resume goes on with the run's own settings; expected no data, model, group, seed or key=value "
          "beside it");
    config.apply_file(in_folder(a.resume, "config.yaml"));
    return config;
  }
  config.apply_preset(image_presets(), a.preset);
  if (!a.model.empty()) config.apply_override("model=" + a.model);
  if (!a.group.empty()) config.apply_override("group=" + a.group);
  if (!a.data.empty()) config.apply_override("data=" + std::filesystem::absolute(a.data).lexically_normal().string());
  if (a.seed >= 0) config.apply_override("seed=" + std::to_string(a.seed));
  for (const std::string& assignment : a.overrides) config.apply_override(assignment);
  return config;
}

void write_results(const train::Config& config, const std::string& folder, const Answer& answer, std::int64_t epoch) {
  nlohmann::ordered_json result = nlohmann::ordered_json::parse(answer.json);
  result["task"] = config.text("task");
  result["epoch"] = epoch;
  io::atomic_write(in_folder(folder, "result.json"), result.dump() + "\n");
  const Answer certificate = check_image_model(in_folder(folder, "model.safetensors"));
  io::atomic_write(in_folder(folder, "certificate.json"), certificate.json + "\n");
  report::write_page(folder);
  std::fputs(certificate.table.c_str(), stderr);
}

void run(const Arguments& arguments) {
  const train::Runtime runtime = train::start_runtime({.threads = arguments.threads});
  if (!runtime.warning.empty()) std::fprintf(stderr, "warning: %s\n", runtime.warning.c_str());
  const train::Config config = resolve(arguments);
  std::string folder = arguments.resume.empty() ? arguments.out : arguments.resume;
  if (folder.empty()) folder = new_folder(arguments.task + "-" + config.text("model") + "-" + arguments.preset);

  const data::ImageSplits splits = image_data(config);
  if (!splits.note.empty()) std::fprintf(stderr, "note: %s\n", splits.note.c_str());
  ImageExperiment experiment(config, splits);
  experiment.when_best = [&](const train::Best& best) {
    const nlohmann::json training{{"task", config.text("task")},
                                  {"epoch", best.epoch},
                                  {"step", best.step},
                                  {"seed", config.integer("seed")},
                                  {"val_error", best.validation.at(0).second}};
    model::save_image_model(in_folder(folder, "model.safetensors"), experiment.model(), experiment.sample(kExamples),
                            training.dump());
  };
  train::LoopOptions options = image_loop_options(config);
  options.folder = folder;
  options.resume = !arguments.resume.empty();
  std::fprintf(stderr, "%s: %lld parameters, %lld training images, %d threads, run folder %s\n",
               config.text("model").c_str(), static_cast<long long>(model::count_weights(experiment.model())),
               static_cast<long long>(splits.train.count), runtime.threads, folder.c_str());
  const train::TrainResult result = train::train(experiment, options);
  if (result.stop == train::Stop::interrupted) throw ExitCode{128 + result.signal};

  const train::Best best = train::load_best(experiment, folder);
  const Answer answer = image_answer(config, experiment.model(), splits);
  write_results(config, folder, answer, best.epoch);
  std::fputs(answer.table.c_str(), stderr);
  std::fprintf(stderr, "report: %s\n", in_folder(folder, "report.html").c_str());
  std::printf("%s\n", answer.json.c_str());
}

void add_task(CLI::App& train, const char* task, const char* description, const char* folder) {
  auto arguments = std::make_shared<Arguments>();
  arguments->task = task;
  CLI::App* verb = train.add_subcommand(task, description);
  std::string models;
  for (const auto& kind : model::image_models()) models += "\n  " + kind.name + ": " + kind.about;
  verb->footer(std::string("Example:\n  coset train ") + task + " --data " + folder +
               " --model p4cnn epochs=10\n\nmodels:" + models + "\n\nkey=value settings:\n" +
               image_settings(task).yaml());
  verb->add_option("--data", arguments->data, "folder of the data, as shipped");
  verb->add_option("--model", arguments->model, "one of the models below");
  verb->add_option("--group", arguments->group, "c4, c8, c16, d4, d8, ... (default: the model's own)");
  verb->add_option("--preset", arguments->preset, "narrow or paper")->capture_default_str();
  verb->add_option("--out", arguments->out, "new run folder (default: runs/TASK-MODEL-PRESET)");
  verb->add_option("--resume", arguments->resume, "go on with the run in this folder, to the same bits");
  verb->add_option("--seed", arguments->seed, "of initial weights and order")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{4294967295}));
  verb->add_option("--threads", arguments->threads, "default: the CPUs this process may use")
      ->check(CLI::Range(1, 1024));
  verb->add_option("settings", arguments->overrides, "key=value ...");
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace

void add_train_images(CLI::App& train) {
  add_task(train, "rotmnist", "digits turned by random angles, from the MNIST files", "mnist");
  add_task(train, "bloodcells", "photographs of blood cells, MedMNIST layout", "blood");
}

}  // namespace coset::cli
