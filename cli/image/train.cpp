#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/image/experiment.h"
#include "cli/image/settings.h"
#include "cli/image/verbs.h"
#include "cli/training.h"
#include "coset/model/image_model.h"
#include "coset/report/page.h"

namespace coset::cli {

namespace {

constexpr std::int64_t kExamples = 8;  // images in the model file

struct Arguments : TrainArguments {
  std::string task;
  std::string data, model, group;
};

void run(const Arguments& arguments) {
  const train::Runtime runtime = start_training(arguments);
  const std::string data =
      arguments.data.empty() ? "" : std::filesystem::absolute(arguments.data).lexically_normal().string();
  const Settings config = resolve(image_settings(arguments.task), image_presets(), arguments,
                                  {{"data", data}, {"model", arguments.model}, {"group", arguments.group}});
  const std::string folder =
      run_folder(arguments, arguments.task + "-" + config.text("model") + "-" + arguments.preset);

  const data::ImageSplits splits = image_data(config);
  ImageExperiment experiment(config, splits);
  // after everything that refuses: bad input is one line
  if (!splits.note.empty()) std::fprintf(stderr, "note: %s\n", splits.note.c_str());
  const std::string model_file = in_folder(folder, "model.safetensors");
  experiment.when_best = [&](const train::Best& best) {
    const nlohmann::json training{{"task", config.text("task")},
                                  {"epoch", best.epoch},
                                  {"step", best.step},
                                  {"seed", config.integer("seed")},
                                  {"val_error", best.validation.at(0).second}};
    model::save(model_file, experiment.model(), "image", model::image_model_settings(experiment.model().options()),
                {{"images", experiment.sample(kExamples)}}, {.training = training.dump()});
  };
  std::fprintf(stderr, "%s: %lld parameters, %lld training images, %d threads, run folder %s\n",
               config.text("model").c_str(), static_cast<long long>(model::count_parameters(experiment.model())),
               static_cast<long long>(splits.train.count), runtime.threads, folder.c_str());
  train_in_folder(experiment, config, arguments, folder);

  const train::Best best = train::load_best(experiment, folder);
  const Answer answer = image_answer(config, experiment.model(), splits);
  nlohmann::ordered_json result = nlohmann::ordered_json::parse(answer.json);
  result["task"] = config.text("task");
  result["epoch"] = best.epoch;
  result["test_error"] = 1.0 - result["test_accuracy"].get<double>();
  const Answer certificate = check_model(model_file);
  write_result(folder, result.dump(), certificate);
  report::write_page(folder);
  print_result(folder, certificate, answer);
}

void add_task(CLI::App& train, const char* task, const char* description, const char* folder) {
  auto arguments = std::make_shared<Arguments>();
  arguments->task = task;
  arguments->preset = "narrow";
  CLI::App* verb = train.add_subcommand(task, description);
  std::string models;
  for (const auto& kind : model::image_models()) models += "\n  " + kind.name + ": " + kind.about;
  verb->footer(std::string("Example:\n  coset train ") + task + " --data " + folder +
               " --model p4cnn epochs=10\n\nmodels:" + models + "\n\n" +
               settings_help(image_presets(), image_settings(task)));
  verb->add_option("--data", arguments->data, "folder of the data, as shipped or extracted");
  verb->add_option("--model", arguments->model, "one of the models below");
  verb->add_option("--group", arguments->group,
                   "c4, c8, c16, d4, d8, ..., scales such as r+:4:1.26 for sesn (default: the model's own)");
  add_train_options(*verb, *arguments, "narrow or paper", "runs/TASK-MODEL-PRESET");
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace

void add_train_images(CLI::App& train) {
  add_task(train, "rotmnist", "digits turned by random angles, from the MNIST files", "mnist");
  add_task(train, "bloodcells", "photographs of blood cells, MedMNIST layout", "blood");
}

}  // namespace coset::cli
