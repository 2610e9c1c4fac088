/// What this machine can do, measured in the same run as everything that is compared with it.
#pragma once

namespace coset::bench {

struct Machine {
  double fma_gflops = 0.0;  ///< one core, float32, fused multiply-adds on registers
  double fma_gflops_f64 = 0.0;
  double copy_gb_s = 0.0;     ///< one core, 64 MiB arrays, bytes read plus bytes written
  double stream_gb_s = 0.0;   ///< all threads of the run: the faster of copying so and of reading 64 MiB
  double cache_gb_s = 0.0;    ///< one core, arrays that fit into the second-level cache
  double sgemm_gflops = 0.0;  ///< one core, float32, 384 x 384 x 384
};

/// Takes about a second.
Machine measure_machine(int threads);

}  // namespace coset::bench
