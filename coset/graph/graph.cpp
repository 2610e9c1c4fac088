#include "coset/graph/graph.h"

#include <algorithm>

#include "coset/base/error.h"

namespace coset::graph {

namespace {

Tensor index_tensor(const std::vector<std::int64_t>& values) {
  return torch::tensor(at::IntArrayRef(values.data(), values.size()), at::kLong);
}

/// row_start[i] = number of edges whose receiver is below i.
Tensor compressed_rows(const Tensor& receiver, std::int64_t num_nodes) {
  Tensor rows = at::zeros({num_nodes + 1}, at::kLong);
  auto* start = rows.data_ptr<std::int64_t>();
  const auto* r = receiver.data_ptr<std::int64_t>();
  for (std::int64_t e = 0; e < receiver.size(0); ++e) ++start[r[e] + 1];
  for (std::int64_t i = 0; i < num_nodes; ++i) start[i + 1] += start[i];
  return rows;
}

}  // namespace

Graph make_graph(std::int64_t num_nodes, const NeighbourList& edges) {
  check(num_nodes >= 0, "[graph::make_graph] expected num_nodes >= 0; received ", num_nodes);
  check(edges.sender.size() == edges.receiver.size() && edges.shift.size() == edges.sender.size(),
        "[graph::make_graph] expected sender, receiver and shift of one length; received ", edges.sender.size(), ", ",
        edges.receiver.size(), ", ", edges.shift.size());
  check(std::is_sorted(edges.receiver.begin(), edges.receiver.end()),
        "[graph::make_graph] expected edges sorted by receiver");
  for (std::size_t e = 0; e < edges.sender.size(); ++e)
    check(edges.sender[e] >= 0 && edges.sender[e] < num_nodes && edges.receiver[e] >= 0 && edges.receiver[e] < num_nodes,
          "[graph::make_graph] expected node indices below ", num_nodes, "; received edge ", edges.sender[e], " -> ",
          edges.receiver[e]);
  Graph graph;
  graph.num_nodes = num_nodes;
  graph.sender = index_tensor(edges.sender);
  graph.receiver = index_tensor(edges.receiver);
  graph.row_start = compressed_rows(graph.receiver, num_nodes);
  graph.graph_of_node = at::zeros({num_nodes}, at::kLong);
  const bool periodic = std::any_of(edges.shift.begin(), edges.shift.end(),
                                    [](const auto& s) { return s != std::array<std::int64_t, 3>{}; });
  if (periodic) {
    std::vector<std::int64_t> flat;
    for (const auto& s : edges.shift) flat.insert(flat.end(), s.begin(), s.end());
    graph.shift = index_tensor(flat).view({-1, 3});
  }
  return graph;
}

Graph fully_connected_batch(std::int64_t num_graphs, std::int64_t nodes_per_graph) {
  const Graph one = make_graph(nodes_per_graph, fully_connected(nodes_per_graph));
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
    sender.push_back(graph.sender + out.num_nodes);
    receiver.push_back(graph.receiver + out.num_nodes);
    owner.push_back(graph.graph_of_node + out.num_graphs);
    if (periodic) shift.push_back(graph.shift.defined() ? graph.shift : at::zeros({graph.num_edges(), 3}, at::kLong));
    out.num_nodes += graph.num_nodes;
    out.num_graphs += graph.num_graphs;
  }
  out.sender = at::cat(sender);
  out.receiver = at::cat(receiver);
  out.graph_of_node = at::cat(owner);
  if (periodic) out.shift = at::cat(shift);
  out.row_start = compressed_rows(out.receiver, out.num_nodes);
  return out;
}

Tensor edge_vectors(const Graph& graph, const Tensor& positions, const Tensor& cells) {
  check(positions.dim() == 2 && positions.size(0) == graph.num_nodes && positions.size(1) == 3,
        "[graph::edge_vectors] expected positions (", graph.num_nodes, ", 3); received ", shape_text(positions.sizes()));
  Tensor vectors = positions.index_select(0, graph.sender) - positions.index_select(0, graph.receiver);  // (E, 3)
  if (!graph.shift.defined()) return vectors;
  check(cells.defined() && cells.dim() == 3 && cells.size(0) == graph.num_graphs,
        "[graph::edge_vectors] expected cells (", graph.num_graphs, ", 3, 3) for a periodic graph");
  const Tensor cell_of_edge = cells.index_select(0, graph.graph_of_node.index_select(0, graph.receiver));
  return vectors + at::matmul(graph.shift.to(positions.scalar_type()).unsqueeze(1), cell_of_edge).squeeze(1);
}

}  // namespace coset::graph
