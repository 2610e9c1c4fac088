#include "bench/machine.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/machine.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "coset/compute/cpu/row_kernels.h"
#include "coset/compute/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace coset::bench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Multiply-adds of `rounds` rounds over 12 independent registers; returns their number times lanes.
template <class T>
double fma_rounds(std::int64_t rounds, T* sink) {
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> sum[12];
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) sum[i] = hn::Set(d, static_cast<T>(i));
  const auto factor = hn::Set(d, sink[0]);
  const auto term = hn::Set(d, sink[1]);
  for (std::int64_t r = 0; r < rounds; ++r)
#pragma GCC unroll 12
    for (int i = 0; i < 12; ++i) sum[i] = hn::MulAdd(sum[i], factor, term);
  auto total = hn::Zero(d);
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) total = hn::Add(total, sum[i]);
  sink[2] = hn::GetLane(hn::SumOfLanes(d, total));
  return 12.0 * static_cast<double>(rounds) * static_cast<double>(hn::Lanes(d));
}

}  // namespace

/// Sum of n numbers, n a multiple of eight vectors: nothing but loads.
float sum_f32(const float* values, std::size_t n) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> sum[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) sum[i] = hn::Zero(d);
  for (std::size_t k = 0; k < n; k += 8 * lanes)
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 8; ++i) sum[i] = hn::Add(sum[i], hn::LoadU(d, values + k + i * lanes));
  auto total = hn::Zero(d);
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) total = hn::Add(total, sum[i]);
  return hn::GetLane(hn::SumOfLanes(d, total));
}
double fma_f32(std::int64_t rounds, float* sink) {
  return fma_rounds(rounds, sink);
}
double fma_f64(std::int64_t rounds, double* sink) {
  return fma_rounds(rounds, sink);
}

}  // namespace coset::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace coset::bench {

HWY_EXPORT(fma_f32);
HWY_EXPORT(fma_f64);
HWY_EXPORT(sum_f32);

namespace {

/// Shortest of several runs: a limit is what the machine can do when nothing disturbs it.
template <class F>
double best_seconds(int runs, F&& call) {
  using Clock = std::chrono::steady_clock;
  double best = 1e300;
  for (int i = 0; i < runs; ++i) {
    const auto start = Clock::now();
    call();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

double copy_rate(std::size_t bytes, int repeats, int threads) {
  std::vector<char> from(bytes, 1);
  std::vector<char> to(bytes, 2);
  const std::size_t piece = bytes / static_cast<std::size_t>(threads);
  const double seconds = best_seconds(7, [&] {
    for (int r = 0; r < repeats; ++r)
      compute::parallel_blocks(threads, [&](std::int64_t block) {
        const auto start = static_cast<std::size_t>(block) * piece;
        std::memcpy(to.data() + start, from.data() + start, piece);
      });
  });
  return 2e-9 * static_cast<double>(piece) * threads * repeats / seconds;
}

double read_rate(std::size_t bytes, int threads) {
  constexpr std::size_t kStep = 4096;
  const std::vector<float> from(bytes / sizeof(float), 1.0f);
  const std::size_t piece = from.size() / static_cast<std::size_t>(threads) / kStep * kStep;
  std::vector<float> sums(static_cast<std::size_t>(threads));
  const double seconds = best_seconds(7, [&] {
    compute::parallel_blocks(threads, [&](std::int64_t block) {
      const auto b = static_cast<std::size_t>(block);
      sums[b] = HWY_DYNAMIC_DISPATCH(sum_f32)(from.data() + b * piece, piece);
    });
  });
  return 1e-9 * static_cast<double>(piece * sizeof(float)) * threads / seconds;
}

}  // namespace

Machine measure_machine(int threads) {
  constexpr std::int64_t kRounds = 400'000;
  constexpr std::int64_t kSize = 384;
  Machine machine;
  float sink32[3] = {0.5f, 0.25f, 0.0f};
  double sink64[3] = {0.5, 0.25, 0.0};
  double operations = 0.0;
  double seconds = best_seconds(40, [&] { operations = HWY_DYNAMIC_DISPATCH(fma_f32)(kRounds, sink32); });
  machine.fma_gflops = 2e-9 * operations / seconds;
  seconds = best_seconds(40, [&] { operations = HWY_DYNAMIC_DISPATCH(fma_f64)(kRounds, sink64); });
  machine.fma_gflops_f64 = 2e-9 * operations / seconds;
  machine.copy_gb_s = copy_rate(std::size_t{64} << 20, 1, 1);
  const double copy_all = threads > 1 ? copy_rate(std::size_t{64} << 20, 1, threads) : machine.copy_gb_s;
  machine.stream_gb_s = std::max(copy_all, read_rate(std::size_t{64} << 20, threads));
  machine.cache_gb_s = copy_rate(std::size_t{128} << 10, 500, 1);
  const std::vector<float> a(kSize * kSize, 0.5f);
  std::vector<float> c(kSize * kSize);
  seconds = best_seconds(7, [&] {
    compute::row_kernels<float>().gemm(kSize, kSize, kSize, a.data(), kSize, 1, a.data(), kSize, c.data(), kSize,
                                       false);
  });
  machine.sgemm_gflops = 2e-9 * static_cast<double>(kSize * kSize * kSize) / seconds;
  return machine;
}

}  // namespace coset::bench
#endif
