#include "coset/train/runtime.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "coset/base/error.h"
#include "coset/compute/cpu_budget.h"

namespace coset::train {
namespace {

TEST(Runtime, SetsThreadsAndDeterminism) {
  EXPECT_EQ(start_runtime({.threads = 3}).threads, 3);
  EXPECT_EQ(at::get_num_threads(), 3);
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  EXPECT_EQ(start_runtime().threads, compute::default_threads());
  EXPECT_THROW(start_runtime({.threads = -1}), Error);
  const Runtime bounded = start_runtime({.threads = 100'000});
  EXPECT_EQ(bounded.threads, most_threads());
  EXPECT_NE(bounded.warning.find("100000 threads were asked for"), std::string::npos) << bounded.warning;
  at::set_num_threads(1);
}

TEST(Runtime, ThreadsFollowTheLimitOfOpenMPUnlessToldOtherwise) {
  const char* before = std::getenv("OMP_THREAD_LIMIT");
  const std::string kept = before == nullptr ? "" : before;
  setenv("OMP_THREAD_LIMIT", "1", 1);
  EXPECT_EQ(start_runtime().threads, 1);
  EXPECT_EQ(start_runtime({.threads = 2}).threads, 2);
  if (before == nullptr)
    unsetenv("OMP_THREAD_LIMIT");
  else
    setenv("OMP_THREAD_LIMIT", kept.c_str(), 1);
  at::set_num_threads(1);
}

TEST(Runtime, ThreadsThatCannotStartAreOneLine) {
  long pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  const auto used = static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE));
  const rlimit tight{used + (20U << 20U), before.rlim_max};  // room for two stacks, not for eight
  setrlimit(RLIMIT_AS, &tight);
  std::string message;
  try {
    start_runtime({.threads = 4});
  } catch (const Error& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(message.find("cannot start 8 threads"), 0U) << message;
}

}  // namespace
}  // namespace coset::train
