/// Moving rows along edges: gather, and sums over sorted segments. Deterministic: every sum runs in increasing edge
/// order.
///
/// Edges are sorted by receiver (CSR): the edges of receiver i are start[i] .. start[i + 1] - 1. T is float or double;
/// arrays dense and row-major; outputs overwritten.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coset/compute/types.h"

namespace coset::compute {

/// Edges grouped by one of their ends.
struct EdgeGroups {
  std::vector<std::int64_t> start;  ///< groups + 1 offsets into `edge`
  std::vector<std::int64_t> edge;   ///< edge numbers, increasing within a group
};

/// Stable counting sort of edges by key (the receiver or sender of each).  O(groups + edges)
/// @throws coset::Error naming the first key outside [0, groups)
EdgeGroups group_edges(std::int64_t groups, std::span<const std::int64_t> key);

/// Nodes [begin, end) of task t of `tasks`, about the same number of edges each; depends on the graph alone.
/// start (nodes + 1) as receiver_start.
struct NodeRange {
  std::int64_t begin, end;
};
NodeRange task_nodes(const std::int64_t* start, std::int64_t nodes, std::int64_t task, std::int64_t tasks);

/// out[e, :] = rows[index[e], :]
template <class T>
void gather_rows(std::int64_t count, std::int64_t columns, const std::int64_t* index, const T* rows, T* out);

/// out[s, :] = sum of values[order[p], :] for p in start[s] .. start[s+1]-1; order null: values[p, :]. Empty segments
/// are 0.
template <class T>
void segment_sum(std::int64_t segments, std::int64_t columns, const std::int64_t* start, const std::int64_t* order,
                 const T* values, T* out);

}  // namespace coset::compute
