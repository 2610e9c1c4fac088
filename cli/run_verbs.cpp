// The verbs on a run or a model file: eval, check, predict, show.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "cli/places.h"
#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/base/printable.h"
#include "coset/task/predict.h"
#include "coset/task/run.h"

namespace coset::cli {

namespace {

std::shared_ptr<RunArguments> arguments_of_verb() {
  return std::make_shared<RunArguments>();
}

/// The front program answers for potentials, without LibTorch (cli/potential.cpp); this help is the only one shown.
void mention_potentials(CLI::App& verb, const std::string& options) {
  verb.footer(verb.get_footer() + "\n\nThe model file of a potential (coset convert) takes " + options + ".");
}

}  // namespace

void add_eval(CLI::App& app) {
  const auto arguments = arguments_of_verb();
  CLI::App* verb = add_run_verb(app, "eval", "", arguments);
  verb->add_option("--data", arguments->data, "where the data lies now, if not where the run found it");
  add_json_flag(verb, arguments);
  verb->callback([=] {
    start_threads(arguments->threads);
    const std::string model = find_model(arguments->run);
    task::StoredRun run = task::read_run(find_run(arguments->run));
    if (!arguments->data.empty()) run.settings.set("data", std::filesystem::absolute(arguments->data), "--data");
    const task::Answer answer = task::evaluate(run, model);
    print_answer(answer.json, answer.table, arguments->json);
  });
}

void add_check(CLI::App& app) {
  const auto arguments = arguments_of_verb();
  CLI::App* verb = add_run_verb(app, "check", "", arguments);
  mention_potentials(*verb, "--in STRUCTURES.extxyz and --tolerance");
  add_json_flag(verb, arguments);
  verb->callback([=] {
    start_threads(arguments->threads);
    const model::Loaded loaded = model::load(find_model(arguments->run));
    const verify::Certificate certificate = model::certify(*loaded.model, loaded.example);
    print_answer(certificate.to_json(), certificate.to_string(), arguments->json);
    if (certificate.verdict() != verify::Verdict::equivariant) throw ExitCode{1};
  });
}

void add_predict(CLI::App& app) {
  const auto arguments = arguments_of_verb();
  CLI::App* verb = add_run_verb(app, "predict", " --in inputs.npz --out predictions.npz", arguments);
  mention_potentials(*verb, "--in and --out as extended XYZ, and --float64");
  verb->add_option("--in", arguments->in, "input npz")->required();
  verb->add_option("--out", arguments->out, "output npz: the input's arrays and the predictions")->required();
  verb->callback([=] {
    start_threads(arguments->threads);
    model::Loaded loaded = model::load(find_model(arguments->run));
    const task::Row* row = task::row_of(loaded);
    const task::PredictFiles* files = row == nullptr ? nullptr : &row->files;
    const std::int64_t rows = task::predict(loaded, files, arguments->in, arguments->out);
    std::fprintf(stderr, "%lld samples answered, into %s\n", static_cast<long long>(rows),
                 printable(arguments->out).c_str());
  });
}

void add_show(CLI::App& app) {
  const auto arguments = arguments_of_verb();
  CLI::App* verb = add_run_verb(app, "show", " --in picture.png", arguments);
  verb->add_option("--in", arguments->in, "a PNG or JPEG picture, or an npz file with images")->required();
  verb->callback([=] {
    start_threads(arguments->threads);
    model::Loaded loaded = model::load(find_model(arguments->run));
    const task::Row* row = task::row_of(loaded);
    check(row != nullptr && row->show != nullptr, arguments->run, ": its kind of model, ", loaded.architecture,
          ", has no pictures");
    row->show(loaded, find_run(arguments->run), arguments->in);
  });
}

}  // namespace coset::cli
