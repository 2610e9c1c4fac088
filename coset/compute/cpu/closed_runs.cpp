#include "coset/compute/cpu/closed_runs.h"

#include <algorithm>

namespace coset::compute {

ClosedRuns::ClosedRuns(ScratchFrame& frame, const EdgeIndex& edges, std::int64_t wanted)
    : border_(frame.take<std::int64_t>(edges.receivers + 2)) {
  const std::int64_t nodes = edges.receivers;
  const std::int64_t largest = std::max(wanted, nodes / 16);
  // lowest[p]: the lowest sender of all edges into p and beyond. The borders found later overwrite what has been read.
  std::int64_t* const lowest = border_ + 1;
  lowest[nodes] = nodes;
  for (std::int64_t p = nodes - 1; p >= 0; --p) {
    lowest[p] = lowest[p + 1];
    for (std::int64_t e = edges.receiver_start[p]; e < edges.receiver_start[p + 1]; ++e)
      lowest[p] = std::min(lowest[p], edges.sender[e]);
  }
  std::int64_t count = 0;
  std::int64_t begin = 0;
  std::int64_t cut = 0;       // the last place where no edge crosses
  std::int64_t highest = -1;  // sender of all edges into nodes before p
  border_[0] = 0;
  bool fits = true;
  for (std::int64_t p = 1; p <= nodes; ++p) {
    for (std::int64_t e = edges.receiver_start[p - 1]; e < edges.receiver_start[p]; ++e)
      highest = std::max(highest, edges.sender[e]);
    if (highest >= p || lowest[p] < p) continue;
    if (p - begin > wanted && cut > begin) border_[++count] = begin = cut;
    fits = fits && p - begin <= largest;
    cut = p;
  }
  if (!fits) count = 0;
  border_[++count] = nodes;
  count_ = count;
}

std::int64_t ClosedRuns::most_nodes() const {
  std::int64_t most = 0;
  for (std::int64_t run = 0; run < count_; ++run) most = std::max(most, border_[run + 1] - border_[run]);
  return most;
}

}  // namespace coset::compute
