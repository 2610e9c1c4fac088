#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/nbody/experiment.h"
#include "cli/nbody/settings.h"
#include "cli/nbody/verbs.h"
#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/model/nbody_file.h"
#include "coset/report/page.h"
#include "coset/report/trajectories.h"
#include "coset/train/runtime.h"

namespace coset::cli {

namespace {

struct Arguments {
  std::string preset = "demo";
  std::string model;
  std::string out;
  std::string resume;
  std::int64_t seed = -1;
  int threads = 0;
  std::vector<std::string> overrides;
};

/// A fresh folder name under runs/: nbody-segnn-demo, then -2, -3, ...
std::string new_folder(const std::string& stem) {
  for (int n = 1;; ++n) {
    const std::string folder = "runs/" + stem + (n == 1 ? "" : "-" + std::to_string(n));
    if (!std::filesystem::exists(folder)) return folder;
  }
}

train::Config resolve(const Arguments& arguments) {
  train::Config config = nbody_settings();
  if (!arguments.resume.empty()) {
    check(arguments.overrides.empty() && arguments.model.empty() && arguments.seed < 0,
          "[train] --resume goes on with the run's own settings; expected no model, seed or key=value beside it");
    config.apply_file(in_folder(arguments.resume, "config.yaml"));
    return config;
  }
  config.apply_preset(nbody_presets(), arguments.preset);
  if (!arguments.model.empty()) config.apply_override("model=" + arguments.model);
  if (arguments.seed >= 0) config.apply_override("seed=" + std::to_string(arguments.seed));
  for (const std::string& assignment : arguments.overrides) config.apply_override(assignment);
  return config;
}

std::vector<double> flat(const Tensor& tensor) {
  const Tensor t = tensor.to(at::kDouble).contiguous();
  return {t.data_ptr<double>(), t.data_ptr<double>() + t.numel()};
}

/// The true motion of a few test systems and where the model sees them end, for the report.
std::vector<report::Trajectory> trajectories(NBodyExperiment& experiment, const data::NBodySplit& test) {
  constexpr std::int64_t kShown = 6;
  const model::NBodyBatch input = experiment.sample(kShown);
  const Tensor predicted = model::predict_positions(experiment.model(), input);
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

void write_results(NBodyExperiment& experiment, const data::NBodySplit& test, const std::string& folder,
                   const Answer& answer) {
  nlohmann::ordered_json result = nlohmann::ordered_json::parse(answer.json);
  result["task"] = "nbody";
  io::atomic_write(in_folder(folder, "result.json"), result.dump() + "\n");
  const Answer certificate = check_nbody_model(in_folder(folder, "model.safetensors"));
  io::atomic_write(in_folder(folder, "certificate.json"), certificate.json + "\n");
  report::write_trajectories(folder, trajectories(experiment, test));
  report::write_page(folder);
  std::fputs(certificate.table.c_str(), stderr);
}

void run(const Arguments& arguments) {
  const train::Runtime runtime = train::start_runtime({.threads = arguments.threads});
  if (!runtime.warning.empty()) std::fprintf(stderr, "warning: %s\n", runtime.warning.c_str());
  const train::Config config = resolve(arguments);
  std::string folder = arguments.resume.empty() ? arguments.out : arguments.resume;
  if (folder.empty()) folder = new_folder("nbody-" + config.text("model") + "-" + arguments.preset);

  std::string note;
  const data::NBodyData data = nbody_data(config, &note);
  if (!note.empty()) std::fprintf(stderr, "note: %s\n", note.c_str());
  NBodyExperiment experiment(config, data);
  const std::int64_t parameters = model::count_parameters(experiment.model());
  experiment.when_best = [&](const train::Best& best) {
    const nlohmann::json training{{"epoch", best.epoch},
                                  {"step", best.step},
                                  {"seed", config.integer("seed")},
                                  {"val_mse", best.validation.at(0).second}};
    model::save_nbody_model(in_folder(folder, "model.safetensors"), experiment.model(), experiment.sample(8),
                            training.dump());
  };
  train::LoopOptions options = nbody_loop_options(config);
  options.folder = folder;
  options.resume = !arguments.resume.empty();
  std::fprintf(stderr, "%s: %lld parameters, %d threads, run folder %s\n", config.text("model").c_str(),
               static_cast<long long>(parameters), runtime.threads, folder.c_str());
  const train::TrainResult result = train::train(experiment, options);
  if (result.stop == train::Stop::interrupted) throw ExitCode{128 + result.signal};

  const train::Best best = train::load_best(experiment, folder);
  const Answer answer =
      nbody_answer(config.text("model"), parameters, best.epoch, best.validation.at(0).second, best.test.at(0).second);
  write_results(experiment, data.test, folder, answer);
  std::fputs(answer.table.c_str(), stderr);
  std::fprintf(stderr, "report: %s\n", in_folder(folder, "report.html").c_str());
  std::printf("%s\n", answer.json.c_str());
}

}  // namespace

void add_train_nbody(CLI::App& train) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* nbody = train.add_subcommand("nbody", "five charged particles: predict positions 1,000 steps ahead");
  nbody->footer("Example:\n  coset train nbody --preset quick --out runs/quick lr=2e-3\n\nkey=value settings:\n" +
                nbody_settings().yaml());
  nbody->add_option("--preset", arguments->preset, "demo, quick, paper or long")->capture_default_str();
  nbody->add_option("--model", arguments->model, "segnn, segnn_g, se_linear or se_nonlinear");
  nbody->add_option("--out", arguments->out, "new run folder (default: runs/nbody-MODEL-PRESET)");
  nbody->add_option("--resume", arguments->resume, "go on with the run in this folder, to the same bits");
  nbody->add_option("--seed", arguments->seed, "of initial weights and order")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{4294967295}));
  nbody->add_option("--threads", arguments->threads, "default: the CPUs this process may use")
      ->check(CLI::Range(1, 1024));
  nbody->add_option("settings", arguments->overrides, "key=value ...");
  nbody->callback([arguments] { run(*arguments); });
}

}  // namespace coset::cli
