#include "coset/train/runtime.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <malloc.h>

#include "coset/base/error.h"
#include "coset/compute/cpu_budget.h"

namespace coset::train {

namespace {

/// OpenBLAS answers 0 (one thread), 1 (its own threads) or 2 (OpenMP); other BLAS libraries do not have the function.
std::string blas_warning() {
  using Probe = int (*)();
  const auto probe = reinterpret_cast<Probe>(dlsym(RTLD_DEFAULT, "openblas_get_parallel"));
  if (probe == nullptr) {
    return at::globalContext().hasMKL() ? "" : "matrix products run without OpenBLAS; install libopenblas0-openmp";
  }
  return probe() == 1 ? "OpenBLAS runs threads of its own beside OpenMP; install libopenblas0-openmp instead" : "";
}

/// Starts that many threads at once and ends them again: the runtimes of OpenMP and LibTorch wait for ever, or abort,
/// where a thread cannot be created.
void probe_threads(int count) {
  std::mutex gate;
  std::vector<std::thread> threads;
  std::string reason;
  {
    const std::scoped_lock closed(gate);
    try {
      for (int i = 0; i < count; ++i) threads.emplace_back([&gate] { const std::scoped_lock pass(gate); });
    } catch (const std::system_error& error) {
      reason = error.code().message();
    }
  }
  for (std::thread& thread : threads) thread.join();
  check(reason.empty(), "cannot start ", count, " threads (", threads.size(), " could be started): ", reason,
        "; ask for fewer with --threads, or raise the limit of processes (ulimit -u)");
}

}  // namespace

int most_threads() {
  return std::max(8, 4 * compute::available_cpus());
}

Runtime start_runtime(const RuntimeOptions& options) {
  check(options.threads >= 0, "[train::start_runtime] expected a thread count >= 0; received ", options.threads);
  Runtime runtime;
  runtime.threads = options.threads > 0 ? std::min(options.threads, most_threads()) : compute::default_threads();
  // LibTorch's backward and each team of OpenMP have threads of their own.
  if (runtime.threads > 1) probe_threads(2 * runtime.threads);
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  at::set_num_threads(runtime.threads);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  runtime.warning = blas_warning();
  if (options.threads > runtime.threads)
    runtime.warning = std::to_string(options.threads) + " threads were asked for; " + std::to_string(runtime.threads) +
                      " are started, this process may use " + std::to_string(compute::available_cpus()) + " CPUs";
  return runtime;
}

}  // namespace coset::train
