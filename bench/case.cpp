#include "bench/case.h"

#include <algorithm>
#include <chrono>

namespace coset::bench {

double median_seconds(const Settings& settings, const std::function<void()>& call) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  double total = 0.0;
  if (!settings.quick) call();
  while (times.empty() ||
         (!settings.quick && (times.size() < 3 || (total < settings.seconds && times.size() < 1000)))) {
    const auto start = Clock::now();
    call();
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    total += times.back();
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

double least_seconds(const Machine& machine, const Settings& settings, double flops, double bytes) {
  const double peak = settings.float64 ? machine.fma_gflops_f64 : machine.fma_gflops;
  // Traffic that fits into the second-level cache is not bounded by memory. Beyond, the faster of reading and copying:
  // a floor must not charge a kernel that mostly reads for lines that it never writes.
  const double bandwidth = bytes < 0.5 * 1048576.0 ? machine.cache_gb_s * settings.threads : machine.stream_gb_s;
  return 1e-9 * std::max(flops / (peak * settings.threads), bytes / bandwidth);
}

}  // namespace coset::bench
