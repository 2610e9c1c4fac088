#include "coset/compute/parallel.h"

#include <omp.h>

#include <atomic>
#include <exception>

#include "coset/base/error.h"

namespace coset::compute {

namespace {
std::atomic<int> chosen_threads{0};
}

void set_num_threads(int threads) {
  check(threads >= 0, "[compute::set_num_threads] expected threads >= 0; received ", threads);
  chosen_threads = threads;
}

int num_threads() {
  if (omp_in_parallel()) return 1;
  const int threads = chosen_threads;
  return threads > 0 ? threads : omp_get_max_threads();
}

namespace detail {

void run_blocks(std::int64_t blocks, void (*run)(void*, std::int64_t), void* context) {
  // Always the whole team: libgomp ends the threads that a smaller one leaves out, and with them their scratch memory.
  const int threads = num_threads();
  if (threads <= 1 || blocks <= 1) {
    for (std::int64_t block = 0; block < blocks; ++block) run(context, block);
    return;
  }
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
