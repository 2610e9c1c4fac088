#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

#include "cli/parse_error.h"
#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/base/version.h"

namespace {

/// What an exception says, without what LibTorch appends to its own: lines of where it was thrown, and a backtrace.
std::string first_line(const std::exception& error) {
  const std::string text = error.what();
  return text.substr(0, text.find('\n'));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Coset: group-equivariant deep learning without Python", "coset"};
  app.set_version_flag("--version", coset::kVersion);
  app.require_subcommand(1);
  coset::cli::add_train(app);
  coset::cli::add_run_verbs(app);
  coset::cli::add_info(app);
  coset::cli::add_data(app);
  coset::cli::add_rep(app);
  coset::cli::add_bench(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::fprintf(stderr, "error: %s (try --help)\n", coset::cli::explain(app, error).c_str());
    return 2;
  } catch (const coset::cli::ExitCode& code) {
    return code.value;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "error: not enough memory\n");
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", first_line(error).c_str());
    return 2;
  }
  return 0;
}
