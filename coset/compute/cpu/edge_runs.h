/// Edges in runs that fit the columns of pair_columns.h. Private.
#pragma once

#include <cstdint>

#include "coset/compute/cpu/pair_columns.h"
#include "coset/compute/scatter.h"

namespace coset::compute {

/// For the edges of the nodes in `range`, grouped by node as `start` says, in order: fill(first edge, edges) for a run
/// of at most kPairColumns edges, then run(node, first edge, edges, first column, part of the node already done) for
/// each node in it, then finish().
template <class Fill, class Run, class Finish>
void for_runs(const std::int64_t* start, NodeRange range, Fill&& fill, Run&& run, Finish&& finish) {
  std::int64_t node = range.begin;
  std::int64_t edge = start[range.begin];
  while (node < range.end) {
    // As many whole nodes as fit; a node of more edges than columns is cut.
    std::int64_t end = node;
    while (end < range.end && start[end + 1] - edge <= kPairColumns) ++end;
    const std::int64_t last = end > node ? start[end] : edge + kPairColumns;
    fill(edge, last - edge);
    const std::int64_t base = edge;
    if (end == node) {
      run(node, edge, kPairColumns, std::int64_t{0}, edge > start[node]);
      edge = last;
    } else {
      for (; node < end; ++node) {
        run(node, edge, start[node + 1] - edge, edge - base, edge > start[node]);
        edge = start[node + 1];
      }
    }
    finish();
  }
}

}  // namespace coset::compute
