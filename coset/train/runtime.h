/// The settings of a process that computes with tensors; call once, before the first tensor.
#pragma once

#include <cstdint>
#include <string>

namespace coset::train {

struct RuntimeOptions {
  int threads = 0;  ///< 0: compute::default_threads(): affinity, quota of the container, OpenMP's variables
};

struct Runtime {
  int threads = 1;
  std::string warning;  ///< one line: another BLAS than the right one, more threads asked for than are of use; or empty
};

/// Sets the thread count (LibTorch starts with one), keeps large blocks inside the heap instead of mapping and faulting
/// them at every operation (activations: 2 to 2.5 times faster), asks LibTorch for deterministic kernels (its indexing
/// adds atomically otherwise).
/// More than most_threads() are not started, and the warning says so.
/// @throws coset::Error for threads < 0, or when the system lets this process start no such number of threads
Runtime start_runtime(const RuntimeOptions& options = {});

/// Eight, or four for each CPU (compute::available_cpus) where that is more: beyond it threads only wait for each other.
int most_threads();

}  // namespace coset::train
