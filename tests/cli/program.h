/// Runs the program under test (environment variable COSET_PROGRAM) as a shell would.
#pragma once

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
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

inline std::string last_line(const std::string& text) {
  const auto end = text.find_last_not_of('\n');
  return text.substr(text.rfind('\n', end) + 1, end - text.rfind('\n', end));
}

/// A folder of its own per test, removed afterwards.
class FolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / ("coset_cli_" + std::to_string(::getpid()) + "_" +
                                                      ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string path(const std::string& name) const { return (root_ / name).string(); }

  std::filesystem::path root_;
};

}  // namespace coset::cli
