#include "cli/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <vector>

#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/base/printable.h"

namespace coset::cli {

namespace {

constexpr std::array kVerbs{
    Verb{"train", "train a model", true},
    Verb{"eval", "errors of a run's best model on validation and test data", true},
    Verb{"check", "certify a model's equivariance; exit code 1 above tolerance", true},
    Verb{"predict", "apply a model to the arrays of an npz file", true},
    Verb{"convert", "a public interatomic potential as a model file", false},
    Verb{"show", "pictures of what a run's model does with an input, into its report", true},
    Verb{"info", "what a model file holds", true},
    Verb{"report", "write a run's page again, of a stopped run too", false},
    Verb{"compare", "several runs on one page", false},
    Verb{"average", "mean of the weights of several runs", true},
    Verb{"seal", "make an edited model file loadable again", true},
    Verb{"data", "simulate a data set and write it to a file", true},
    Verb{"rep", "calculate with representations of O(3): irreps, harmonics, couplings", false},
    Verb{"bench", "time the kernels against this machine's limits and the plain loops", true},
};

/// A file of ours that got descriptor 1 or 2 would receive what is meant for the terminal.
void open_standard_streams() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) static_cast<void>(::open("/dev/null", O_RDWR));
}

/// What an exception says, without what LibTorch appends to its own: lines of where it was thrown, and a backtrace.
std::string first_line(const std::exception& error) {
  const std::string text = error.what();
  return printable(text.substr(0, text.find('\n')));
}

int failed(const std::string& line) {
  std::fprintf(stderr, "error: %s\n", line.c_str());
  return 2;
}

int run(CLI::App& app, int argc, char** argv, const Explain& explain) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const std::string special = explain(app, error);
    return failed(printable(special.empty() ? error.what() : special) + " (try --help)");
  } catch (const ExitCode& code) {
    return code.value;
  } catch (const std::bad_alloc&) {
    return failed("not enough memory");
  } catch (const std::exception& error) {
    return failed(first_line(error));
  }
  return 0;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

std::span<const Verb> verbs() {
  return kVerbs;
}

CLI::App* add_verb(CLI::App& app, const std::string& name) {
  const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& v) { return v.name == name; });
  return app.add_subcommand(name, verb == kVerbs.end() ? "" : verb->about);
}

int run_program(CLI::App& app, int argc, char** argv, const Explain& explain) {
  open_standard_streams();
  const int code = run(app, argc, argv, explain);
  std::fflush(stderr);
  errno = 0;
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written || code != 0) return code;
  return failed(std::string("cannot write standard output") +
                (errno != 0 ? ": " + std::string(std::strerror(errno)) : ""));
}

const CLI::App& innermost(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::string explain_verbs(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* at = &innermost(app);
  std::vector<std::string> known;
  for (const CLI::App* verb : at->get_subcommands(nullptr)) known.push_back(verb->get_name());
  if (known.empty()) return error.what();

  const std::string after = at == &app ? "" : " after " + at->get_name();
  for (const std::string& word : app.remaining(true)) {
    if (word.starts_with('-')) return "unknown option " + word + after;
    const std::string nearest = nearest_word(word, known);
    return "unknown verb '" + word + "'" + after + "; " + (nearest.empty() ? "" : "did you mean '" + nearest + "'? ") +
           "verbs: " + join(known);
  }
  return "expected a verb" + after + ": " + join(known);
}

}  // namespace coset::cli
