#include "coset/compute/parallel.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <latch>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "coset/base/error.h"

namespace coset::compute {

namespace {
std::atomic<int> chosen_threads{0};
std::atomic<int> proven_threads{1};

/// How many of `wanted` threads can exist beside this one.
int startable(int wanted) {
  std::latch end(1);
  std::vector<std::jthread> threads;
  try {
    for (int i = 0; i < wanted; ++i) threads.emplace_back([&end] { end.wait(); });
  } catch (const std::system_error&) {  // the number that exist is the answer
  } catch (const std::bad_alloc&) {
  }
  end.count_down();
  return static_cast<int>(threads.size());
}
}  // namespace

void require_threads(int threads) {
  if (threads <= proven_threads) return;
  check(threads <= kMostThreads, "[compute::require_threads] expected at most ", kMostThreads, " threads; received ",
        threads);
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (threads <= proven_threads) return;
  const int started = 1 + startable(threads - 1);
  check(started == threads, "[compute::require_threads] expected a system that starts ", threads,
        " threads; received no more than ", started, " (a limit on processes or memory?): ask for fewer");
  proven_threads = threads;
}

void set_num_threads(int threads) {
  check(threads >= 0 && threads <= kMostThreads, "[compute::set_num_threads] expected 0 to ", kMostThreads,
        " threads; received ", threads);
  require_threads(threads);
  chosen_threads = threads;
}

int num_threads() {
  if (omp_in_parallel()) return 1;
  const int threads = chosen_threads;
  return threads > 0 ? threads : omp_get_max_threads();
}

namespace detail {

void run_blocks(std::int64_t blocks, bool share, void (*run)(void*, std::int64_t), void* context) {
  // Always the whole team: libgomp ends the threads that a smaller one leaves out, and with them their scratch memory.
  const int threads = share && blocks > 1 ? num_threads() : 1;
  if (threads <= 1) {
    for (std::int64_t block = 0; block < blocks; ++block) run(context, block);
    return;
  }
  require_threads(threads);
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t block = 0; block < blocks; ++block) {
    try {
      run(context, block);
    } catch (...) {
#pragma omp critical(coset_compute_failure)
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace detail
}  // namespace coset::compute
