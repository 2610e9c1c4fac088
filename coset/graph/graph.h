/// Graphs as tensors: edges sorted by receiver, compressed rows, and batches of several graphs.
#pragma once

#include <span>
#include <vector>

#include "coset/neighbour/neighbours.h"
#include "coset/ops/edges.h"

namespace coset::graph {

/// One or several graphs with their nodes numbered through. Index tensors are int64 on the CPU.
struct Graph {
  std::int64_t num_nodes = 0;   // N
  std::int64_t num_graphs = 1;  // B
  ops::Edges edges;             // sorted by receiver
  Tensor graph_of_node;         // (N), ascending: which of the B graphs a node belongs to
  Tensor shift;                 // (E, 3) int64 lattice shifts; undefined where all are zero

  std::int64_t num_edges() const { return edges.num_edges(); }
};

/// One graph of `num_nodes` nodes. @throws coset::Error when an index is out of range or receivers are not ascending
Graph make_graph(std::int64_t num_nodes, const neighbour::NeighbourList& edges);

/// B fully connected graphs of `nodes_per_graph` nodes each: B n (n-1) edges.
Graph fully_connected_batch(std::int64_t num_graphs, std::int64_t nodes_per_graph);

/// Disjoint union in the given order; an empty list is the graph without nodes (num_graphs = 0).
Graph batch(std::span<const Graph> graphs);

/// x_sender - x_receiver, plus shift * cell where the graph is periodic.
/// @param positions (N, 3)   @param cells (B, 3, 3), only for periodic graphs   @return (E, 3), differentiable
Tensor edge_vectors(const Graph& graph, const Tensor& positions, const Tensor& cells = {});

}  // namespace coset::graph
