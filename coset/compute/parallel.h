/// Threads of this room: one OpenMP pool, work cut into blocks whose borders never depend on the number of threads, so
/// every kernel returns the same bits on 1 and on 64 threads.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace coset::compute {

/// Most threads that are ever asked for.
inline constexpr int kMostThreads = 1024;

/// Threads the kernels may use; 0 (the default) follows OpenMP (omp_set_num_threads, OMP_NUM_THREADS).
/// @throws coset::Error unless 0 <= threads <= kMostThreads and the system can start them
void set_num_threads(int threads);
/// Starts threads - 1 idle threads and ends them, once for each new largest number: a limit on processes is then one
/// line here instead of a runtime that gives up half way. Called before the first parallel region of each size.
/// @throws coset::Error with the number that could be started
void require_threads(int threads);
/// The number in force here: 1 inside a parallel region, where blocks run one after the other.
int num_threads();

namespace detail {
void run_blocks(std::int64_t blocks, bool share, void (*run)(void*, std::int64_t), void* context);
}

/// Work that one thread does in this time stays on the thread that asks for it: waking a second one costs as much, and
/// more when something else wants the core. The same bits either way.
inline constexpr double kLeastSharedNanoseconds = 10000.0;

/// About how long one thread needs for one item; the default stands for long work.
struct ItemCost {
  double nanoseconds = kLeastSharedNanoseconds;
};

/// Calls f(b) for every b in [0, blocks), each exactly once, in any order and on any thread. An exception in f is
/// thrown again here after the others have finished.
template <class F>
void parallel_blocks(std::int64_t blocks, ItemCost cost, F&& f) {
  using Body = std::remove_reference_t<F>;
  detail::run_blocks(
      blocks, static_cast<double>(blocks) * cost.nanoseconds >= kLeastSharedNanoseconds,
      [](void* context, std::int64_t block) { (*static_cast<Body*>(context))(block); },
      const_cast<void*>(static_cast<const void*>(&f)));
}

template <class F>
void parallel_blocks(std::int64_t blocks, F&& f) {
  parallel_blocks(blocks, ItemCost(), std::forward<F>(f));
}

/// Calls f(begin, end) on consecutive ranges of `grain` items (the last may be shorter); `cost` is that of one item.
template <class F>
void parallel_ranges(std::int64_t items, std::int64_t grain, ItemCost cost, F&& f) {
  const std::int64_t blocks = (items + grain - 1) / grain;
  const ItemCost of_block{cost.nanoseconds * static_cast<double>(items < grain ? items : grain)};
  parallel_blocks(blocks, of_block, [&](std::int64_t block) {
    const std::int64_t begin = block * grain;
    f(begin, begin + grain < items ? begin + grain : items);
  });
}
template <class F>
void parallel_ranges(std::int64_t items, std::int64_t grain, F&& f) {
  parallel_ranges(items, grain, ItemCost(), std::forward<F>(f));
}

}  // namespace coset::compute
