/// Neighbour lists: fully connected, and all pairs within a cutoff (cell list), with or without periodic boundaries.
///
/// An edge goes from sender j to receiver i; its vector is x_j + shift * cell - x_i (docs/graph.md). Edges are ordered
/// by receiver, then sender, then shift, so that equal inputs give equal lists on every machine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace coset::graph {

/// Edges of one structure. `shift` counts lattice vectors (all zero without periodic boundaries).
struct NeighbourList {
  std::vector<std::int64_t> sender;                // (E)
  std::vector<std::int64_t> receiver;              // (E), ascending
  std::vector<std::array<std::int64_t, 3>> shift;  // (E, 3)
};

/// A periodic box: rows are the lattice vectors a, b, c in the unit of the positions; `periodic` says along which of
/// them the structure repeats.
struct Cell {
  std::array<std::array<double, 3>, 3> vectors{};
  std::array<bool, 3> periodic{true, true, true};
};

/// Every ordered pair i != j of n nodes: n (n-1) edges.
NeighbourList fully_connected(std::int64_t n);

/// All edges with 0 <= |vector| < cutoff, an atom's own periodic images included, the atom itself excluded.
///
/// @param positions  (n, 3) row-major, finite
/// @param cutoff     > 0, same unit; may exceed the box (several images of one atom are then neighbours)
/// @throws coset::Error on a cutoff <= 0, non-finite positions, or a cell without volume
/// @cost O(n * neighbours)
NeighbourList radius_graph(std::span<const double> positions, double cutoff, const std::optional<Cell>& cell = {});

/// The same by comparing all pairs and images, O(n^2): the oracle of radius_graph.
NeighbourList radius_graph_reference(std::span<const double> positions, double cutoff,
                                     const std::optional<Cell>& cell = {});

/// The k nearest senders of every node (ties by index); k is cut to n - 1. O(n^2 log k)
/// @throws coset::Error on k < 1 or positions that are not finite or not (n, 3)
NeighbourList nearest_neighbours(std::span<const double> positions, std::int64_t k);

}  // namespace coset::graph
