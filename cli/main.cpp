// The program `coset`: the calculator, help and version; every other verb is handed to coset-torch.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/commit.h"
#include "cli/potential.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/base/version.h"
#include "coset/compute/simd.h"

namespace coset::cli {
namespace {

constexpr const char* kTorchProgram = "../libexec/coset-torch";
constexpr const char* kSpinCount = "GOMP_SPINCOUNT";
constexpr const char* kSpins = "1000";

std::string version_text() {
  return std::string("coset ") + kVersion + "\ncommit " + commit() + "\nLibTorch " + COSET_TORCH_VERSION + "\nSIMD " +
         compute::to_string(compute::simd_target());
}

bool needs_torch(const std::string& word) {
  return std::any_of(verbs().begin(), verbs().end(), [&](const Verb& v) { return v.torch && word == v.name; });
}

/// Threads that wait for each other spin for about as long as waking one takes, and sleep then. Without a bound OpenMP's
/// runtime spins for a millisecond and more, on CPUs that others, or the quota of a container, need. It reads
/// the variable before main(), so what calls this starts a program anew. What the user has said stands.
/// Returns whether there was something to set.
bool bound_spinning() {
  for (const char* name : {"OMP_WAIT_POLICY", kSpinCount})
    if (std::getenv(name) != nullptr) return false;
  return ::setenv(kSpinCount, kSpins, 0) == 0;
}

/// Becomes coset-torch with the same words. @throws coset::Error when that is not where it should be
void hand_over(char** argv) {
  const std::filesystem::path self = std::filesystem::canonical("/proc/self/exe");
  const std::string program = (self.parent_path() / kTorchProgram).lexically_normal().string();
  bound_spinning();
  ::execv(program.c_str(), argv);
  fail("cannot start ", program, ": ", std::strerror(errno), "; the verb ", argv[1], " needs it");
}

/// predict, check and info of a potential's model file need no LibTorch.
bool of_potential(const std::string& verb, const std::string& file) {
  return (verb == "predict" || verb == "check" || verb == "info") && is_potential(file);
}

/// `coset help VERB ...` is `coset VERB ... --help`.
void rewrite_help(std::vector<char*>& words) {
  static char help[] = "--help";
  if (words.size() < 2 || std::strcmp(words[1], "help") != 0) return;
  words.erase(words.begin() + 1);
  words.push_back(help);
}

int start(int argc, char** argv) {
  std::vector<char*> words(argv, argv + argc);
  rewrite_help(words);
  const int count = static_cast<int>(words.size());
  words.push_back(nullptr);

  CLI::App app{"Coset: group-equivariant deep learning without Python", "coset"};
  app.set_version_flag("--version", version_text);
  app.require_subcommand(1);
  app.footer("Help of a verb: coset help VERB");
  const std::map<std::string, void (*)(CLI::App&)> own{
      {"rep", add_rep}, {"convert", add_convert}, {"report", add_report}, {"compare", add_compare}};
  for (const Verb& verb : verbs()) {
    if (verb.torch)
      add_verb(app, verb.name);
    else
      own.at(verb.name)(app);
  }
  if (count > 2 && of_potential(words[1], words[2])) {
    if (bound_spinning()) ::execv("/proc/self/exe", words.data());  // goes on here where that fails
    CLI::App potentials{app.get_description(), "coset"};
    add_potential_verbs(potentials);
    return run_program(potentials, count, words.data(), explain_verbs);
  }
  if (count > 1 && needs_torch(words[1])) {
    try {
      hand_over(words.data());
    } catch (const Error& error) {
      std::fprintf(stderr, "error: %s\n", error.what());
      return 2;
    }
  }
  return run_program(app, count, words.data(), explain_verbs);
}

}  // namespace
}  // namespace coset::cli

int main(int argc, char** argv) {
  return coset::cli::start(argc, argv);
}
