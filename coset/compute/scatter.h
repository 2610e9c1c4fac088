/// Moving rows along edges: gather, and sums over sorted segments. Deterministic: every sum runs in increasing edge
/// order.
///
/// Edges are sorted by receiver (CSR): the edges of receiver i are start[i] .. start[i + 1] - 1. T is float or double;
/// arrays dense and row-major; outputs overwritten.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace coset::compute {

/// Edges grouped by one of their ends.
struct EdgeGroups {
  std::vector<std::int64_t> start;  ///< groups + 1 offsets into `edge`
  std::vector<std::int64_t> edge;   ///< edge numbers, increasing within a group
};

/// Stable counting sort of edges by key (the receiver or sender of each).  O(groups + edges)
/// @throws coset::Error naming the first key outside [0, groups)
EdgeGroups group_edges(std::int64_t groups, std::span<const std::int64_t> key);

/// Graph of a convolution, not owned: receiver-sorted edges, and the same edges grouped by sender for the gradients of
/// sender features. `by_sender_*` may be null where no such gradient is asked for.
struct EdgeIndex {
  std::int64_t receivers = 0;
  std::int64_t senders = 0;
  std::int64_t edges = 0;
  const std::int64_t* receiver_start = nullptr;   ///< (receivers + 1)
  const std::int64_t* sender = nullptr;           ///< (edges)
  const std::int64_t* by_sender_start = nullptr;  ///< (senders + 1)
  const std::int64_t* by_sender_edge = nullptr;   ///< (edges)
  const std::int64_t* receiver = nullptr;         ///< (edges), needed together with by_sender
};

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
