/// One line of `coset bench`: what is measured, against which reference, against which limit of this machine.
///
/// To add cases, write a function `void add_<topic>(std::vector<Case>&)` in bench/<room>/<topic>_bench.cpp, declare it
/// below, call it in all_cases.cpp. Problems are built when a case runs, not when it is listed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/machine.h"

namespace coset::bench {

struct Settings {
  int threads = 1;  ///< already set, for LibTorch and for our kernels, when a case runs
  bool float64 = false;
  double seconds = 0.3;   ///< spent on one measurement, at least three repetitions
  bool quick = false;     ///< smoke test: one repetition, no reference
  bool reference = true;  ///< measure the reference too
};

/// In the unit of the case. `reference` 0: none was measured.
struct Measured {
  double ours = 0.0;
  double reference = 0.0;
  double limit = 0.0;
  double useful_gflops = 0.0;  ///< 0: not defined for this case
};

struct Case {
  std::string name;  ///< "uvu/32l1/forward"
  std::string unit;  ///< "ns/point", "us/edge", "ms"
  std::function<Measured(const Settings&, const Machine&)> run;
};

/// Median seconds of one call, after one call that is not counted.
double median_seconds(const Settings& settings, const std::function<void()>& call);

/// Repeatable numbers in [-1, 1).
template <class T>
std::vector<T> numbers(std::int64_t count, std::uint64_t seed) {
  std::vector<T> out(static_cast<std::size_t>(count));
  for (T& value : out) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<T>(static_cast<double>(seed >> 11) * 0x1p-52 - 1.0);
  }
  return out;
}

/// Seconds the machine needs at least: the slower of arithmetic and memory traffic.
double least_seconds(const Machine& machine, const Settings& settings, double flops, double bytes);

void add_spherical_harmonics(std::vector<Case>& cases);
void add_tensor_product_conv(std::vector<Case>& cases);
void add_gated_message(std::vector<Case>& cases);
void add_group_conv(std::vector<Case>& cases);

/// Those of all files, in the order in which they are printed.
std::vector<Case> all_cases();

}  // namespace coset::bench
