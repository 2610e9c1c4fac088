// The program `coset-torch`: the verbs that need LibTorch. `coset` starts it; its name on screen is coset.
#include <CLI/CLI.hpp>

#include "cli/program.h"
#include "cli/train_hints.h"
#include "cli/verbs.h"

int main(int argc, char** argv) {
  CLI::App app{"Coset: group-equivariant deep learning without Python", "coset"};
  app.require_subcommand(1);
  coset::cli::add_train(app);
  coset::cli::add_eval(app);
  coset::cli::add_check(app);
  coset::cli::add_predict(app);
  coset::cli::add_show(app);
  coset::cli::add_info(app);
  coset::cli::add_data(app);
  coset::cli::add_average(app);
  coset::cli::add_seal(app);
  coset::cli::add_bench(app);
  return coset::cli::run_program(app, argc, argv, coset::cli::explain_settings);
}
