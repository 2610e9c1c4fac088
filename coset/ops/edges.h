/// Edges as index tensors, grouped by both of their ends.
#pragma once

#include "coset/compute/scatter.h"
#include "coset/ops/torch.h"

namespace coset::ops {

/// Receiver-sorted edges of N nodes; all int64 on the CPU.
struct Edges {
  Tensor row_start;        // (N + 1): edges of receiver i are row_start[i] .. row_start[i+1]
  Tensor sender;           // (E)
  Tensor receiver;         // (E), ascending
  Tensor by_sender_start;  // (N + 1)
  Tensor by_sender;        // (E) edge numbers grouped by sender

  std::int64_t num_nodes() const { return row_start.size(0) - 1; }
  std::int64_t num_edges() const { return sender.size(0); }
  /// Pointers into these tensors, for compute/; valid while they live.
  compute::EdgeIndex index() const;
};

/// @param sender, receiver (E), receiver ascending  @throws coset::Error on an index outside 0 .. num_nodes-1
Edges make_edges(std::int64_t num_nodes, const Tensor& sender, const Tensor& receiver);

}  // namespace coset::ops
