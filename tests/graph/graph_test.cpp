#include "coset/graph/graph.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"

namespace coset::graph {
namespace {

TEST(Graph, BatchNumbersNodesThrough) {
  const Graph one = make_graph(3, neighbour::fully_connected(3));
  const Graph lonely = make_graph(1, {});
  const std::vector<Graph> parts{one, lonely, one};
  const Graph all = batch(parts);
  EXPECT_EQ(all.num_nodes, 7);
  EXPECT_EQ(all.num_graphs, 3);
  EXPECT_EQ(all.num_edges(), 12);
  EXPECT_TRUE(at::equal(all.graph_of_node, torch::tensor({0, 0, 0, 1, 2, 2, 2}, at::kLong)));
  EXPECT_TRUE(at::equal(all.edges.row_start, torch::tensor({0, 2, 4, 6, 6, 8, 10, 12}, at::kLong)));
  EXPECT_EQ(all.edges.sender[11].item<std::int64_t>(), 5);
}

TEST(Graph, EmptyBatchIsValid) {
  const Graph none = batch({});
  EXPECT_EQ(none.num_nodes, 0);
  EXPECT_EQ(none.num_edges(), 0);
  EXPECT_EQ(edge_vectors(none, at::zeros({0, 3})).size(0), 0);
}

TEST(Graph, EdgeVectorPointsFromReceiverToSender) {
  const Graph pair = make_graph(2, neighbour::fully_connected(2));
  const Tensor x = torch::tensor({0.0, 0.0, 0.0, 1.0, 2.0, 3.0}, at::kDouble).view({2, 3});
  EXPECT_TRUE(at::equal(edge_vectors(pair, x)[0], x[1] - x[0]));
}

TEST(Graph, PeriodicEdgesCarryTheirShift) {
  const neighbour::Cell cube{{{{2, 0, 0}, {0, 3, 0}, {0, 0, 4}}}, {true, true, true}};
  const std::vector<double> points{0.1, 0.1, 0.1, 1.9, 2.9, 3.9};
  const Graph graph = make_graph(2, neighbour::radius_graph(points, 1.0, cube));
  ASSERT_EQ(graph.num_edges(), 2);
  const Tensor x = torch::tensor(at::ArrayRef<double>(points), at::kDouble).view({2, 3});
  const Tensor cell = torch::diag(torch::tensor({2.0, 3.0, 4.0}, at::kDouble)).unsqueeze(0);
  const Tensor d = edge_vectors(graph, x, cell);
  EXPECT_TRUE(at::allclose(d[0], torch::tensor({-0.2, -0.2, -0.2}, at::kDouble)));
  EXPECT_THROW(edge_vectors(graph, x), Error);
}

TEST(Graph, RefusesBadEdges) {
  neighbour::NeighbourList bad = neighbour::fully_connected(3);
  EXPECT_THROW(make_graph(2, bad), Error);
  std::swap(bad.receiver.front(), bad.receiver.back());
  EXPECT_THROW(make_graph(3, bad), Error);
}

}  // namespace
}  // namespace coset::graph
