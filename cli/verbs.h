/// The verbs of the program. Each adds one subcommand with its options, help text with an example, and callback.
///
/// `coset` itself holds those that need no LibTorch, whose start costs a third of a second, and hands the others over to
/// coset-torch (cli/torch_main.cpp), which stands in libexec beside its folder.
#pragma once

namespace CLI {
class App;
}

namespace coset::cli {

/// Thrown by a verb that ran well but whose answer is no (`coset check` above tolerance): the program's exit code.
struct ExitCode {
  int value;
};

void add_rep(CLI::App& app);
void add_convert(CLI::App& app);
void add_report(CLI::App& app);
void add_compare(CLI::App& app);

// Those of coset-torch.
void add_train(CLI::App& app);
void add_eval(CLI::App& app);
void add_check(CLI::App& app);
void add_predict(CLI::App& app);
void add_show(CLI::App& app);
void add_info(CLI::App& app);
void add_data(CLI::App& app);
void add_average(CLI::App& app);
void add_seal(CLI::App& app);
void add_bench(CLI::App& app);

}  // namespace coset::cli
