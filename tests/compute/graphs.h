/// Random graphs in the form the kernels want.
#pragma once

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "coset/compute/scatter.h"

namespace coset::tests {

/// `edges` random directed edges sorted by receiver; roughly a tenth of the nodes stay isolated. With several `parts`,
/// the nodes fall into as many equal runs that no edge leaves, as in a batch of graphs.
struct RandomGraph {
  std::int64_t nodes;
  std::vector<std::int64_t> sender, receiver;
  compute::EdgeGroups by_receiver, by_sender;

  RandomGraph(std::int64_t node_count, std::int64_t edges, std::uint32_t seed, std::int64_t parts = 1)
      : nodes(node_count) {
    std::mt19937 engine(seed);
    const std::int64_t connected = std::max<std::int64_t>(1, nodes - nodes / 10);
    const std::int64_t part = (connected + parts - 1) / parts;
    for (std::int64_t e = 0; e < edges; ++e) receiver.push_back(static_cast<std::int64_t>(engine()) % connected);
    std::sort(receiver.begin(), receiver.end());
    for (std::int64_t e = 0; e < edges; ++e) {
      const std::int64_t begin = receiver[static_cast<std::size_t>(e)] / part * part;
      sender.push_back(begin + static_cast<std::int64_t>(engine()) % (std::min(begin + part, connected) - begin));
    }
    by_receiver = compute::group_edges(nodes, receiver);
    by_sender = compute::group_edges(nodes, sender);
  }

  compute::EdgeIndex index() const {
    return {nodes,
            nodes,
            static_cast<std::int64_t>(sender.size()),
            by_receiver.start.data(),
            sender.data(),
            by_sender.start.data(),
            by_sender.edge.data(),
            receiver.data()};
  }
};

}  // namespace coset::tests
