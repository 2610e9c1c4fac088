/// Neighbour lists: fully connected, all pairs within a cutoff (cell list), and the nearest, with or without periodic
/// boundaries.
///
/// An edge goes from sender j to receiver i; its vector is x_j + shift * cell - x_i (docs/neighbour.md). Edges are
/// ordered by receiver, then sender, then shift, so that equal inputs give equal lists on every machine and at any
/// number of threads.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "coset/neighbour/lattice.h"

namespace coset::neighbour {

/// Edges of one structure. `shift` counts lattice vectors (all zero without periodic boundaries).
struct NeighbourList {
  std::vector<std::int64_t> sender;    // (E)
  std::vector<std::int64_t> receiver;  // (E), ascending
  std::vector<Int3> shift;             // (E, 3)
  std::vector<Vec3> vector;            // (E, 3) x_j + shift * cell - x_i; empty unless asked for
};

/// How radius_graph chooses among the pairs.
struct RadiusOptions {
  bool inclusive = false;     ///< |vector| <= cutoff instead of |vector| < cutoff
  bool with_vectors = false;  ///< fill NeighbourList::vector
  /// At most so many senders a receiver: the nearest, ties by sender, then shift. Such a list may hold j -> i without
  /// i -> j. Unset: all.
  std::optional<std::int64_t> max_neighbours = std::nullopt;
  std::int64_t max_edges = std::int64_t{1} << 27U;  ///< more are refused instead of filling the memory (5 GB here)
};

/// Every ordered pair i != j of n nodes: n (n-1) edges.
NeighbourList fully_connected(std::int64_t n);

/// All edges with |vector| < cutoff, an atom's own periodic images included, the atom itself excluded; atoms at one
/// place are neighbours.
///
/// Any unit of length (1e-10 or 1e11 are as good as 1), any extent (planar and linear structures), any lattice that
/// spans its periodic directions, triclinic and skew ones too, and positions anywhere relative to the cell.
/// @param positions  (n, 3) row-major, finite
/// @param cutoff     > 0, same unit; may exceed the box (several images of one atom are then neighbours); infinite
///                   (all pairs) where nothing is periodic
/// @throws coset::Error on a cutoff that is not > 0, non-finite positions, periodic vectors that span no lattice,
/// positions more than 1e12 cells away, or more than options.max_edges edges
/// @cost O(n + edges) time and memory; on several threads from some 1,000 atoms on
NeighbourList radius_graph(std::span<const double> positions, double cutoff, const std::optional<Cell>& cell = {},
                           const RadiusOptions& options = {});

/// The same by comparing all pairs and images, O(n^2): the oracle of radius_graph.
NeighbourList radius_graph_reference(std::span<const double> positions, double cutoff,
                                     const std::optional<Cell>& cell = {}, const RadiusOptions& options = {});

/// The k nearest senders of every node (ties by index), whatever their distance; k is cut to n - 1. O(n^2 log k)
/// @throws coset::Error on k < 1 or positions that are not finite or not (n, 3)
NeighbourList nearest_neighbours(std::span<const double> positions, std::int64_t k);

}  // namespace coset::neighbour
