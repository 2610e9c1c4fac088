/// Threads of this room: one OpenMP pool, work cut into blocks whose borders never depend on the number of threads, so
/// every kernel returns the same bits on 1 and on 64 threads.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace coset::compute {

/// Threads the kernels may use; 0 (the default) follows OpenMP (omp_set_num_threads, OMP_NUM_THREADS).
/// @throws coset::Error on threads < 0
void set_num_threads(int threads);
/// The number in force here: 1 inside a parallel region, where blocks run one after the other.
int num_threads();

namespace detail {
void run_blocks(std::int64_t blocks, void (*run)(void*, std::int64_t), void* context);
}

/// Calls f(b) for every b in [0, blocks), each exactly once, in any order and on any thread. An exception in f is
/// thrown again here after the others have finished.
template <class F>
void parallel_blocks(std::int64_t blocks, F&& f) {
  using Body = std::remove_reference_t<F>;
  detail::run_blocks(
      blocks, [](void* context, std::int64_t block) { (*static_cast<Body*>(context))(block); },
      const_cast<void*>(static_cast<const void*>(&f)));
}

/// Calls f(begin, end) on consecutive ranges of `grain` items (the last may be shorter).
template <class F>
void parallel_ranges(std::int64_t items, std::int64_t grain, F&& f) {
  parallel_blocks((items + grain - 1) / grain, [&](std::int64_t block) {
    const std::int64_t begin = block * grain;
    f(begin, begin + grain < items ? begin + grain : items);
  });
}

}  // namespace coset::compute
