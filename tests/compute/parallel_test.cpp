#include "coset/compute/parallel.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "coset/base/error.h"

namespace coset::compute {
namespace {

/// How many threads run `blocks` blocks of this cost.
std::size_t threads_used(std::int64_t blocks, ItemCost cost) {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  parallel_blocks(blocks, cost, [&](std::int64_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  return seen.size();
}

TEST(Parallel, SharesWorkThatIsWorthASecondThread) {
  set_num_threads(2);
  EXPECT_EQ(threads_used(16, {kLeastSharedNanoseconds / 32}), 1U);
  EXPECT_EQ(threads_used(16, {kLeastSharedNanoseconds}), 2U);
  EXPECT_EQ(threads_used(1, {kLeastSharedNanoseconds}), 1U);
  set_num_threads(0);
}

TEST(Parallel, EveryItemOnce) {
  for (const double cost : {0.0, 1e6})
    for (const std::int64_t items : {0, 1, 7, 8, 9, 1000}) {
      std::vector<std::atomic<int>> count(static_cast<std::size_t>(items));
      parallel_ranges(items, 8, ItemCost{cost}, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) ++count[static_cast<std::size_t>(i)];
      });
      for (const auto& c : count) EXPECT_EQ(c, 1);
    }
}

TEST(Parallel, SaysHowManyThreadsCannotBe) {
  EXPECT_THROW(set_num_threads(-1), Error);
  EXPECT_THROW(set_num_threads(kMostThreads + 1), Error);
#ifndef __SANITIZE_ADDRESS__
  // Stacks of 8 MiB in an address space that has no room for hundreds of them, as a limit on processes would do.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit narrow = before;
  narrow.rlim_cur = rlim_t{1} << 30;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &narrow), 0);
  std::string message;
  try {
    require_threads(1000);
  } catch (const Error& error) {
    message = error.what();
  }
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_TRUE(message.starts_with("[compute::require_threads] expected a system that starts 1000 threads")) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_NO_THROW(require_threads(4));
#endif
}

}  // namespace
}  // namespace coset::compute
