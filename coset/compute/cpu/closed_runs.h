/// Runs of consecutive nodes that no edge leaves: in a batch of small graphs, what one thread can finish while it stays
/// in its cache.
#pragma once

#include <cstdint>

#include "coset/compute/cpu/scratch.h"
#include "coset/compute/scatter.h"

namespace coset::compute {

/// Cuts the nodes of a graph where no edge crosses, greedily, into runs of at most `wanted` nodes, or of one connected
/// part where that is larger. One run of all nodes where a part exceeds both `wanted` and a sixteenth of the nodes, so
/// that threads always find runs to share. Depends on the graph alone.  O(nodes + edges)
class ClosedRuns {
 public:
  /// edges: receivers = senders; lives as long as `frame`.
  ClosedRuns(ScratchFrame& frame, const EdgeIndex& edges, std::int64_t wanted);

  std::int64_t count() const { return count_; }
  NodeRange operator[](std::int64_t run) const { return {border_[run], border_[run + 1]}; }
  std::int64_t most_nodes() const;  ///< of one run

 private:
  std::int64_t* border_;  ///< (nodes + 1), the first count_ + 1 in use
  std::int64_t count_ = 1;
};

}  // namespace coset::compute
