#include "coset/train/runtime.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "coset/base/error.h"

namespace coset::train {
namespace {

TEST(Runtime, SetsThreadsAndDeterminism) {
  EXPECT_EQ(start_runtime({.threads = 3}).threads, 3);
  EXPECT_EQ(at::get_num_threads(), 3);
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  EXPECT_EQ(start_runtime().threads, available_cpus());
  EXPECT_THROW(start_runtime({.threads = -1}), Error);
  const Runtime bounded = start_runtime({.threads = 100'000});
  EXPECT_EQ(bounded.threads, most_threads());
  EXPECT_NE(bounded.warning.find("100000 threads were asked for"), std::string::npos) << bounded.warning;
  at::set_num_threads(1);
}

TEST(Runtime, ThreadsThatCannotStartAreOneLine) {
  if (geteuid() == 0) GTEST_SKIP() << "the limit of processes does not bind root";
  rlimit before{};
  getrlimit(RLIMIT_NPROC, &before);
  const rlimit none{1, before.rlim_max};
  setrlimit(RLIMIT_NPROC, &none);
  std::string message;
  try {
    start_runtime({.threads = 4});
  } catch (const Error& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_NPROC, &before);
  EXPECT_EQ(message.find("cannot start 8 threads"), 0U) << message;
}

}  // namespace
}  // namespace coset::train
