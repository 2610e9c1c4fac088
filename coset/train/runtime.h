/// The settings of a process that computes with tensors; call once, before the first tensor.
#pragma once

#include <cstdint>
#include <string>

namespace coset::train {

struct RuntimeOptions {
  int threads = 0;  ///< 0: as many as this process may run on (its affinity mask)
};

struct Runtime {
  int threads = 1;
  std::string warning;  ///< one line about the BLAS that is loaded, empty when it is the right one
};

/// Sets the thread count (LibTorch starts with one), keeps large blocks inside the heap instead of mapping and faulting
/// them at every operation (activations: 2 to 2.5 times faster), asks LibTorch for deterministic kernels (its indexing
/// adds atomically otherwise).
/// Throws for threads < 0 or > 1024.
Runtime start_runtime(const RuntimeOptions& options = {});

/// CPUs in this process's affinity mask, at least 1.
int available_cpus();

}  // namespace coset::train
