#include "coset/train/runtime.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <string>

#include <dlfcn.h>
#include <malloc.h>
#include <sched.h>

#include "coset/base/error.h"

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

}  // namespace

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count > 0 ? count : 1;
}

Runtime start_runtime(const RuntimeOptions& options) {
  check(options.threads >= 0 && options.threads <= 1024,
        "[train::start_runtime] expected a thread count in [0, 1024]; received ", options.threads);
  Runtime runtime;
  runtime.threads = options.threads > 0 ? options.threads : available_cpus();
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  at::set_num_threads(runtime.threads);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  runtime.warning = blas_warning();
  return runtime;
}

}  // namespace coset::train
