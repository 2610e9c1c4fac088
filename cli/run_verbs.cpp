#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/experiments.h"
#include "coset/base/error.h"
#include "coset/train/runtime.h"

namespace coset::cli {

namespace {

struct Arguments {
  std::string run;
  std::string in;
  std::string out;
  int threads = 0;
  bool json = false;
};

/// JSON on stdout; the table for people on stderr unless only JSON is asked for.
void print(const Answer& answer, bool json) {
  if (!json) std::fputs(answer.table.c_str(), stderr);
  std::printf("%s\n", answer.json.c_str());
}

CLI::App* add_verb(CLI::App& app, const char* name, const char* description, const char* example,
                   const std::shared_ptr<Arguments>& arguments) {
  CLI::App* verb = app.add_subcommand(name, description);
  verb->footer(std::string("Example:\n  ") + example);
  verb->add_option("run", arguments->run, "run folder, or a model file (eval and show: the one in a run folder)")
      ->required();
  verb->add_option("--threads", arguments->threads, "default: the CPUs this process may use")
      ->check(CLI::Range(1, 1024));
  return verb;
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* train = app.add_subcommand("train", "train a model");
  train->footer("Example:\n  coset train nbody --preset demo");
  train->require_subcommand(1);
  for (const Experiment& experiment : experiments()) experiment.add_train(*train);
}

void add_run_verbs(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  const auto start = [arguments] {
    train::start_runtime({.threads = arguments->threads});
    return find_model(arguments->run);
  };
  CLI::App* eval = add_verb(app, "eval", "errors of a run's best model on validation and test data",
                            "coset eval runs/nbody-segnn-demo", arguments);
  eval->add_flag("--json", arguments->json, "JSON only");
  eval->callback(
      [=] { print(experiment_of(start()).evaluate(find_run(arguments->run), arguments->threads), arguments->json); });

  CLI::App* check = add_verb(app, "check", "certify a model's equivariance; exit code 1 above tolerance",
                             "coset check runs/nbody-segnn-demo", arguments);
  check->add_flag("--json", arguments->json, "JSON only");
  check->callback([=] {
    const Answer answer = check_model(start());
    print(answer, arguments->json);
    if (!answer.pass) throw ExitCode{1};
  });

  CLI::App* predict = add_verb(app, "predict", "apply a model to the arrays of an npz file",
                               "coset predict runs/nbody-segnn-demo --in states.npz --out predictions.npz", arguments);
  predict->add_option("--in", arguments->in, "input npz")->required();
  predict->add_option("--out", arguments->out, "output npz: the input's arrays and the predictions")->required();
  predict->callback([=] {
    const std::string model = start();
    experiment_of(model).predict(model, arguments->in, arguments->out);
  });

  CLI::App* show = add_verb(app, "show", "pictures of what a run's model does with an image, into its report",
                            "coset show runs/rotmnist-p4cnn-narrow --in digit.png", arguments);
  show->add_option("--in", arguments->in, "a PNG or JPEG picture, or an npz file with images")->required();
  show->callback([=] {
    const Experiment& experiment = experiment_of(start());
    coset::check(experiment.show != nullptr, arguments->run, ": its kind of model, ", experiment.architecture,
                 ", has no pictures");
    experiment.show(find_run(arguments->run), arguments->in);
  });
}

}  // namespace coset::cli
