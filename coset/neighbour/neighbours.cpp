#include "coset/neighbour/neighbours.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <utility>

#include "coset/base/error.h"
#include "coset/neighbour/bins.h"
#include "coset/neighbour/candidate.h"

namespace coset::neighbour {

namespace {

constexpr double kComparisonsPerEdge = 50;  // the reference would take too long beyond max_edges times so many
constexpr std::int64_t kBlock = 256;        // receivers a task: enough work to be worth a thread

void append(NeighbourList& list, std::int64_t sender, std::int64_t receiver) {
  list.sender.push_back(sender);
  list.receiver.push_back(receiver);
  list.shift.push_back({});
}

template <class T>
void move_behind(std::vector<T>& whole, std::vector<T>& part) {
  whole.insert(whole.end(), part.begin(), part.end());
  std::vector<T>().swap(part);
}

NeighbourList join(std::vector<NeighbourList>& parts, std::int64_t edges, bool with_vectors) {
  if (parts.size() == 1) return std::move(parts[0]);
  NeighbourList list;
  list.sender.reserve(edges);
  list.receiver.reserve(edges);
  list.shift.reserve(edges);
  if (with_vectors) list.vector.reserve(edges);
  for (NeighbourList& part : parts) {
    move_behind(list.sender, part.sender);
    move_behind(list.receiver, part.receiver);
    move_behind(list.shift, part.shift);
    move_behind(list.vector, part.vector);
  }
  return list;
}

/// How many lattice vectors an image may lie away along each direction of the cell as it is given.
Int3 image_reach(const Structure& structure) {
  const Cell& cell = structure.cell();
  Int3 reach{};
  for (int k = 0; k < 3; ++k) {
    if (!cell.periodic[k]) continue;
    // The part of vector k that is orthogonal to the other periodic vectors.
    Vec3 upright = cell.vectors[k];
    std::vector<Vec3> others;
    for (int o = 0; o < 3; ++o)
      if (o != k && cell.periodic[o]) others.push_back(cell.vectors[o]);
    if (others.size() == 2) upright = cross(others[0], others[1]);
    if (others.size() == 1) upright = cross(cross(others[0], cell.vectors[k]), others[0]);
    const double per_period = dot(upright, cell.vectors[k]);
    double low = 0.0;
    double high = 0.0;
    for (std::int64_t i = 0; i < structure.size(); ++i) {
      low = std::min(low, dot(upright, structure.point(i)) / per_period);
      high = std::max(high, dot(upright, structure.point(i)) / per_period);
    }
    const double height = std::abs(per_period) / std::sqrt(dot(upright, upright));
    const double cutoff = structure.scaled_cutoff() / structure.scale();
    const double images = std::ceil(cutoff / height + high - low) + 1;
    structure.check_count(images);
    reach[k] = static_cast<std::int64_t>(images);
  }
  return reach;
}

}  // namespace

NeighbourList fully_connected(std::int64_t n) {
  check(n >= 0, "[neighbour::fully_connected] expected n >= 0; received ", n);
  NeighbourList list;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      if (j != i) append(list, j, i);
  return list;
}

NeighbourList radius_graph(std::span<const double> positions, double cutoff, const std::optional<Cell>& cell,
                           const RadiusOptions& options) {
  const Structure structure(positions, cutoff, cell, options);
  const Bins bins(structure);
  const std::int64_t n = structure.size();
  const std::int64_t blocks = std::max<std::int64_t>(1, (n + kBlock - 1) / kBlock);
  std::vector<NeighbourList> parts(blocks);
  std::atomic<std::int64_t> edges{0};
#pragma omp parallel for schedule(dynamic) if (blocks > 3)
  for (std::int64_t block = 0; block < blocks; ++block) {
    std::vector<Candidate> found;
    for (std::int64_t i = block * kBlock; i < std::min(n, (block + 1) * kBlock); ++i) {
      if (edges > options.max_edges) break;
      found.clear();
      bins.search(i, found);
      const std::size_t before = parts[block].sender.size();
      structure.append(i, found, parts[block]);
      edges += static_cast<std::int64_t>(parts[block].sender.size() - before);
    }
  }
  structure.check_count(static_cast<double>(edges));
  return join(parts, edges, options.with_vectors);
}

NeighbourList radius_graph_reference(std::span<const double> positions, double cutoff, const std::optional<Cell>& cell,
                                     const RadiusOptions& options) {
  const Structure structure(positions, cutoff, cell, options);
  const Int3 reach = image_reach(structure);
  double comparisons = static_cast<double>(structure.size() * structure.size());
  for (const std::int64_t r : reach) comparisons *= static_cast<double>(2 * r + 1);
  structure.check_count(comparisons / kComparisonsPerEdge);
  NeighbourList list;
  std::vector<Candidate> found;
  for (std::int64_t i = 0; i < structure.size(); ++i) {
    found.clear();
    for (std::int64_t j = 0; j < structure.size(); ++j)
      for (std::int64_t a = -reach[0]; a <= reach[0]; ++a)
        for (std::int64_t b = -reach[1]; b <= reach[1]; ++b)
          for (std::int64_t c = -reach[2]; c <= reach[2]; ++c) structure.test(j, i, {a, b, c}, found);
    structure.append(i, found, list);
    structure.check_count(static_cast<double>(list.sender.size()));
  }
  return list;
}

NeighbourList nearest_neighbours(std::span<const double> positions, std::int64_t k) {
  check(k >= 1, "[neighbour::nearest_neighbours] expected k >= 1; received ", k);
  const Structure structure(positions, std::numeric_limits<double>::infinity(), {}, {.max_neighbours = k});
  NeighbourList list;
  std::vector<Candidate> found;
  for (std::int64_t i = 0; i < structure.size(); ++i) {
    found.clear();
    for (std::int64_t j = 0; j < structure.size(); ++j) structure.test(j, i, {}, found);
    structure.append(i, found, list);
  }
  return list;
}

}  // namespace coset::neighbour
