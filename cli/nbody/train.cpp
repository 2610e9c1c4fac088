#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/nbody/experiment.h"
#include "cli/nbody/settings.h"
#include "cli/nbody/verbs.h"
#include "cli/training.h"
#include "coset/model/nbody_model.h"
#include "coset/report/page.h"
#include "coset/report/trajectories.h"

namespace coset::cli {

namespace {

std::vector<double> flat(const Tensor& tensor) {
  const Tensor t = tensor.to(at::kDouble).contiguous();
  return {t.data_ptr<double>(), t.data_ptr<double>() + t.numel()};
}

/// The true motion of a few test systems and where the model sees them end, for the report.
std::vector<report::Trajectory> trajectories(NBodyExperiment& experiment, const data::NBodySplit& test) {
  constexpr std::int64_t kShown = 6;
  const model::NBodyBatch input = experiment.sample(kShown);
  const Tensor predicted = model::predict(experiment.model(), input.values()).at("positions");
  const auto frames = static_cast<std::int64_t>(test.frames.size());
  const std::int64_t stride = frames * test.particles * 3;
  std::vector<report::Trajectory> shown;
  for (std::int64_t s = 0; s < predicted.size(0); ++s)
    shown.push_back({.label = "test trajectory " + std::to_string(s),
                     .charges = flat(input.charges[s]),
                     .frames = frames,
                     .path = {test.loc.begin() + s * stride, test.loc.begin() + (s + 1) * stride},
                     .prediction = flat(predicted[s])});
  return shown;
}

void run(const TrainArguments& arguments, const std::string& model_name) {
  const train::Runtime runtime = start_training(arguments);
  const Settings config = resolve(nbody_settings(), nbody_presets(), arguments, {{"model", model_name}});
  const std::string folder = run_folder(arguments, "nbody-" + config.text("model") + "-" + arguments.preset);

  std::string note;
  const data::NBodyData data = nbody_data(config, &note);
  if (!note.empty()) std::fprintf(stderr, "note: %s\n", note.c_str());
  NBodyExperiment experiment(config, data);
  const std::int64_t parameters = model::count_parameters(experiment.model());
  const std::string model_file = in_folder(folder, "model.safetensors");
  experiment.when_best = [&](const train::Best& best) {
    const nlohmann::json training{{"epoch", best.epoch},
                                  {"step", best.step},
                                  {"seed", config.integer("seed")},
                                  {"val_mse", best.validation.at(0).second}};
    model::save(model_file, experiment.model(), "nbody", model::nbody_model_settings(experiment.model().options()),
                experiment.sample(8).values(), {.training = training.dump()});
  };
  std::fprintf(stderr, "%s: %lld parameters, %d threads, run folder %s\n", config.text("model").c_str(),
               static_cast<long long>(parameters), runtime.threads, folder.c_str());
  train_in_folder(experiment, config, arguments, folder);

  const train::Best best = train::load_best(experiment, folder);
  const Answer answer =
      nbody_answer(config.text("model"), parameters, best.epoch, best.validation.at(0).second, best.test.at(0).second);
  nlohmann::ordered_json result = nlohmann::ordered_json::parse(answer.json);
  result["task"] = "nbody";
  const Answer certificate = check_model(model_file);
  write_result(folder, result.dump(), certificate);
  report::write_trajectories(folder, trajectories(experiment, data.test));
  report::write_page(folder);
  print_result(folder, certificate, answer);
}

}  // namespace

void add_train_nbody(CLI::App& train) {
  struct Arguments : TrainArguments {
    std::string model;
  };
  auto arguments = std::make_shared<Arguments>();
  arguments->preset = "demo";
  CLI::App* nbody = train.add_subcommand("nbody", "five charged particles: predict positions 1,000 steps ahead");
  nbody->footer("Example:\n  coset train nbody --preset quick --out runs/quick lr=2e-3\n\n" +
                settings_help(nbody_presets(), nbody_settings()));
  nbody->add_option("--model", arguments->model, "segnn, segnn_g, se_linear or se_nonlinear");
  add_train_options(*nbody, *arguments, "demo, quick, tuned, paper or long", "runs/nbody-MODEL-PRESET");
  nbody->callback([arguments] { run(*arguments, arguments->model); });
}

}  // namespace coset::cli
