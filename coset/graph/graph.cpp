#include "coset/graph/graph.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/ops/array.h"

namespace coset::graph {

Graph make_graph(std::int64_t num_nodes, const neighbour::NeighbourList& edges) {
  check(num_nodes >= 0, "[graph::make_graph] expected num_nodes >= 0; received ", num_nodes);
  check(edges.sender.size() == edges.receiver.size() && edges.shift.size() == edges.sender.size(),
        "[graph::make_graph] expected sender, receiver and shift of one length; received ", edges.sender.size(), ", ",
        edges.receiver.size(), ", ", edges.shift.size());
  Graph graph;
  graph.num_nodes = num_nodes;
  graph.edges = ops::make_edges(num_nodes, ops::index_tensor(edges.sender), ops::index_tensor(edges.receiver));
  graph.graph_of_node = at::zeros({num_nodes}, at::kLong);
  const bool periodic = std::any_of(edges.shift.begin(), edges.shift.end(),
                                    [](const auto& s) { return s != std::array<std::int64_t, 3>{}; });
  if (periodic) {
    std::vector<std::int64_t> flat;
    for (const auto& s : edges.shift) flat.insert(flat.end(), s.begin(), s.end());
    graph.shift = ops::index_tensor(flat).view({-1, 3});
  }
  return graph;
}

Graph fully_connected_batch(std::int64_t num_graphs, std::int64_t nodes_per_graph) {
  const Graph one = make_graph(nodes_per_graph, neighbour::fully_connected(nodes_per_graph));
  const std::vector<Graph> copies(static_cast<std::size_t>(num_graphs), one);
  return batch(copies);
}

Graph batch(std::span<const Graph> graphs) {
  Graph out;
  out.num_graphs = 0;
  std::vector<Tensor> sender{at::zeros({0}, at::kLong)};
  std::vector<Tensor> receiver{at::zeros({0}, at::kLong)};
  std::vector<Tensor> owner{at::zeros({0}, at::kLong)};
  std::vector<Tensor> shift;
  const bool periodic = std::any_of(graphs.begin(), graphs.end(), [](const Graph& g) { return g.shift.defined(); });
  for (const Graph& graph : graphs) {
    sender.push_back(graph.edges.sender + out.num_nodes);
    receiver.push_back(graph.edges.receiver + out.num_nodes);
    owner.push_back(graph.graph_of_node + out.num_graphs);
    if (periodic) shift.push_back(graph.shift.defined() ? graph.shift : at::zeros({graph.num_edges(), 3}, at::kLong));
    out.num_nodes += graph.num_nodes;
    out.num_graphs += graph.num_graphs;
  }
  out.graph_of_node = at::cat(owner);
  if (periodic) out.shift = at::cat(shift);
  out.edges = ops::make_edges(out.num_nodes, at::cat(sender), at::cat(receiver));
  return out;
}

Tensor edge_vectors(const Graph& graph, const Tensor& positions, const Tensor& cells) {
  check(positions.dim() == 2 && positions.size(0) == graph.num_nodes && positions.size(1) == 3,
        "[graph::edge_vectors] expected positions (", graph.num_nodes, ", 3); received ",
        shape_text(positions.sizes()));
  Tensor vectors =
      positions.index_select(0, graph.edges.sender) - positions.index_select(0, graph.edges.receiver);  // (E, 3)
  if (!graph.shift.defined()) return vectors;
  check(cells.defined() && cells.dim() == 3 && cells.size(0) == graph.num_graphs,
        "[graph::edge_vectors] expected cells (", graph.num_graphs, ", 3, 3) for a periodic graph");
  const Tensor cell_of_edge = cells.index_select(0, graph.graph_of_node.index_select(0, graph.edges.receiver));
  return vectors + at::matmul(graph.shift.to(positions.scalar_type()).unsqueeze(1), cell_of_edge).squeeze(1);
}

}  // namespace coset::graph
