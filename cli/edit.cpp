// `coset seal FILE` and `coset average RUN...`: model files whose weights were changed on purpose.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/places.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "coset/base/printable.h"
#include "coset/model/edited.h"

namespace coset::cli {

void add_seal(CLI::App& app) {
  CLI::App* verb = add_verb(app, "seal");
  verb->footer("Example:\n  coset seal edited.safetensors\n\nThe file's checksum and stored example are made anew.");
  auto file = std::make_shared<std::string>();
  verb->add_option("FILE", *file, "a model file whose weights were edited")->required();
  verb->callback([file] {
    model::seal(*file);
    std::printf("%s\n", printable(*file).c_str());
  });
}

void add_average(CLI::App& app) {
  struct Arguments {
    std::vector<std::string> runs;
    std::string out;
  };
  CLI::App* verb = add_verb(app, "average");
  verb->footer("Example:\n  coset average runs/a runs/b --out mean.safetensors");
  auto arguments = std::make_shared<Arguments>();
  verb->add_option("RUNS", arguments->runs, "runs or model files of one architecture and one set of options")
      ->required();
  verb->add_option("--out", arguments->out, "the model file to write")->required();
  verb->callback([arguments] {
    std::vector<std::string> files;
    for (const std::string& run : arguments->runs) files.push_back(find_model(run));
    model::average(files, arguments->out);
    std::printf("%s\n", printable(arguments->out).c_str());
  });
}

}  // namespace coset::cli
