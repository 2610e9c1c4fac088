/// Runs the program under test (environment variable COSET_PROGRAM) as a shell would.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace coset::cli {

struct Outcome {
  int exit_code = -1;
  std::string text;  ///< standard output and standard error together
};

/// `arguments` is shell text behind the program's name, redirections included.
inline Outcome run_program(const std::string& arguments, const std::string& before = "") {
  const char* program = std::getenv("COSET_PROGRAM");
  if (program == nullptr) return {-1, "COSET_PROGRAM is not set: run through ctest"};
  const std::string command = before + std::string(program) + " " + arguments + " 2>&1";
  Outcome outcome;
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {-1, "cannot start " + command};
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) outcome.text += buffer.data();
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

}  // namespace coset::cli
