#include "coset/train/runtime.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "coset/base/error.h"

namespace coset::train {
namespace {

TEST(Runtime, SetsThreadsAndDeterminism) {
  EXPECT_EQ(start_runtime({.threads = 3}).threads, 3);
  EXPECT_EQ(at::get_num_threads(), 3);
  EXPECT_TRUE(at::globalContext().deterministicAlgorithms());
  EXPECT_EQ(start_runtime().threads, available_cpus());
  EXPECT_THROW(start_runtime({.threads = -1}), Error);
  at::set_num_threads(1);
}

}  // namespace
}  // namespace coset::train
