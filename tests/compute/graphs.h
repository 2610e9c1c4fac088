/// Random graphs in the form the kernels want.
#pragma once

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "coset/compute/scatter.h"

namespace coset::tests {

/// `edges` random directed edges sorted by receiver; roughly a tenth of the nodes stay isolated.
struct RandomGraph {
  std::int64_t nodes;
  std::vector<std::int64_t> sender, receiver;
  compute::EdgeGroups by_receiver, by_sender;

  RandomGraph(std::int64_t node_count, std::int64_t edges, std::uint32_t seed) : nodes(node_count) {
    std::mt19937 engine(seed);
    const std::int64_t connected = std::max<std::int64_t>(1, nodes - nodes / 10);
    for (std::int64_t e = 0; e < edges; ++e) {
      sender.push_back(static_cast<std::int64_t>(engine()) % connected);
      receiver.push_back(static_cast<std::int64_t>(engine()) % connected);
    }
    std::sort(receiver.begin(), receiver.end());
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
