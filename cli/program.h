/// What both programs, coset and coset-torch, do around their verbs.
#pragma once

#include <functional>
#include <span>
#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace coset::cli {

struct Verb {
  const char* name;
  const char* about;
  bool torch;  ///< needs coset-torch
};
/// All of them, as `coset --help` lists them.
std::span<const Verb> verbs();
/// Adds the subcommand of that name, with the text of verbs().
CLI::App* add_verb(CLI::App& app, const std::string& name);

/// What a person gets to read of a command line that does not parse; "" for CLI11's own words.
using Explain = std::function<std::string(const CLI::App& app, const CLI::ParseError& error)>;

/// Opens /dev/null in place of standard streams that are closed, parses and runs. Exit code: 0; 2 after one line
/// "error: ..." on a mistake, and where standard output cannot be written to its end; what a verb's ExitCode says.
int run_program(CLI::App& app, int argc, char** argv, const Explain& explain);

/// One line: a missing or unknown verb with the verbs there are and the nearest one; CLI11's own words otherwise.
std::string explain_verbs(const CLI::App& app, const CLI::ParseError& error);

/// The verb that the words of the command line chose, subcommands of subcommands included.
const CLI::App& innermost(const CLI::App& app);

}  // namespace coset::cli
