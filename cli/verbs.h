/// The verbs of the program. Each adds one subcommand with its options, help text with an example, and callback.
#pragma once

namespace CLI {
class App;
}

namespace coset::cli {

/// Thrown by a verb that ran well but whose answer is no (`coset check` above tolerance): the program's exit code.
struct ExitCode {
  int value;
};

void add_train(CLI::App& app);
void add_run_verbs(CLI::App& app);  // eval, check, predict, show
void add_info(CLI::App& app);
void add_data(CLI::App& app);
void add_rep(CLI::App& app);
void add_bench(CLI::App& app);

}  // namespace coset::cli
