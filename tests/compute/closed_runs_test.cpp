#include "coset/compute/cpu/closed_runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/compute/graphs.h"

namespace coset::compute {
namespace {

using tests::RandomGraph;

/// Is there an edge between nodes below p and nodes from p on?
bool crossed(const RandomGraph& graph, std::int64_t p) {
  for (std::size_t e = 0; e < graph.sender.size(); ++e)
    if ((graph.sender[e] < p) != (graph.receiver[e] < p)) return true;
  return false;
}

std::vector<std::int64_t> borders(const RandomGraph& graph, std::int64_t wanted) {
  ScratchFrame frame;
  const ClosedRuns runs(frame, graph.index(), wanted);
  std::vector<std::int64_t> out{0};
  for (std::int64_t r = 0; r < runs.count(); ++r) {
    EXPECT_EQ(runs[r].begin, out.back());
    EXPECT_LE(runs[r].end - runs[r].begin, runs.most_nodes());
    out.push_back(runs[r].end);
  }
  return out;
}

TEST(ClosedRuns, CutWhereNoEdgeCrossesAsRarelyAsTheSizeAllows) {
  for (const std::uint32_t seed : {1u, 2u, 3u}) {
    const RandomGraph graph(180, 400, seed, 30);
    const auto cuts = borders(graph, 20);
    ASSERT_EQ(cuts.back(), 180);
    ASSERT_GT(cuts.size(), 180u / 20u);
    for (std::size_t c = 1; c + 1 < cuts.size(); ++c) {
      EXPECT_FALSE(crossed(graph, cuts[c]));
      EXPECT_LE(cuts[c] - cuts[c - 1], 20);
      // The next place that no edge crosses would have made the run too long.
      std::int64_t next = cuts[c] + 1;
      while (next < 180 && crossed(graph, next)) ++next;
      EXPECT_GT(next - cuts[c - 1], 20);
    }
  }
}

TEST(ClosedRuns, OneRunWhereAPartIsTooLarge) {
  const RandomGraph connected(100, 900, 1);
  EXPECT_EQ(borders(connected, 20), (std::vector<std::int64_t>{0, 100}));
  const RandomGraph empty(0, 0, 1);
  EXPECT_EQ(borders(empty, 20), (std::vector<std::int64_t>{0, 0}));
  // A part above the size wanted stays whole while it is at most a sixteenth of the nodes.
  EXPECT_GT(borders(RandomGraph(640, 4000, 1, 20), 4).size(), 16u);
  EXPECT_EQ(borders(RandomGraph(640, 4000, 1, 10), 4).size(), 2u);
}

}  // namespace
}  // namespace coset::compute
