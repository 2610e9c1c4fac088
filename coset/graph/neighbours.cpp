#include "coset/graph/neighbours.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "coset/base/error.h"

namespace coset::graph {

namespace {

using Vec3 = std::array<double, 3>;
using Int3 = std::array<std::int64_t, 3>;

Vec3 cross(const Vec3& a, const Vec3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double dot(const Vec3& a, const Vec3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vec3 point(std::span<const double> positions, std::int64_t i) {
  return {positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]};
}

/// A cell with its reciprocal rows: fractional coordinate k of x is dot(reciprocal[k], x), plane distance
/// 1/|reciprocal[k]|.
struct Box {
  std::array<Vec3, 3> vectors{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  std::array<Vec3, 3> reciprocal{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  std::array<bool, 3> periodic{false, false, false};

  double height(int k) const { return 1.0 / std::sqrt(dot(reciprocal[k], reciprocal[k])); }

  Vec3 displacement(const Int3& shift) const {
    Vec3 d{};
    for (int k = 0; k < 3; ++k)
      for (int c = 0; c < 3; ++c) d[c] += static_cast<double>(shift[k]) * vectors[k][c];
    return d;
  }
};

Box make_box(const std::optional<Cell>& cell) {
  Box box;
  if (!cell) return box;
  box.vectors = cell->vectors;
  box.periodic = cell->periodic;
  const double volume = dot(box.vectors[0], cross(box.vectors[1], box.vectors[2]));
  check(std::isfinite(volume) && std::abs(volume) > 1e-12,
        "[graph::radius_graph] expected a cell with non-zero volume; received volume ", volume);
  for (int k = 0; k < 3; ++k) {
    box.reciprocal[k] = cross(box.vectors[(k + 1) % 3], box.vectors[(k + 2) % 3]);
    for (double& component : box.reciprocal[k]) component /= volume;
  }
  return box;
}

std::int64_t checked_count(std::span<const double> positions, double cutoff) {
  check(positions.size() % 3 == 0, "[graph::radius_graph] expected positions (n, 3); received ", positions.size(),
        " numbers");
  check(std::isfinite(cutoff) && cutoff > 0, "[graph::radius_graph] expected cutoff > 0; received ", cutoff);
  for (std::size_t i = 0; i < positions.size(); ++i)
    check(std::isfinite(positions[i]), "[graph::radius_graph] expected finite positions; received ", positions[i],
          " for node ", i / 3);
  return static_cast<std::int64_t>(positions.size() / 3);
}

void append(NeighbourList& list, std::int64_t sender, std::int64_t receiver, const Int3& shift) {
  list.sender.push_back(sender);
  list.receiver.push_back(receiver);
  list.shift.push_back(shift);
}

/// Adds the edge when it is shorter than the cutoff and not an atom with itself.
bool within(const Box& box, const Vec3& xj, const Vec3& xi, const Int3& shift, double cutoff) {
  const Vec3 image = box.displacement(shift);
  double r2 = 0.0;
  for (int c = 0; c < 3; ++c) r2 += (xj[c] + image[c] - xi[c]) * (xj[c] + image[c] - xi[c]);
  return r2 < cutoff * cutoff;
}

/// Space divided into bins along the lattice directions; along a periodic direction the bins wrap around.
struct Bins {
  Int3 count{1, 1, 1};
  Vec3 origin{};              // fractional coordinate of bin 0
  Vec3 width{1, 1, 1};        // fractional width of a bin
  Int3 reach{};               // how many bins the cutoff spans
  std::vector<Int3> bin;      // (n) bin of each node
  std::vector<Int3> wrapped;  // (n) lattice vectors subtracted from each node to bring it into the cell
  std::map<Int3, std::vector<std::int64_t>> members;
};

Bins sort_into_bins(std::span<const double> positions, const Box& box, double cutoff) {
  const auto n = static_cast<std::int64_t>(positions.size() / 3);
  Bins bins;
  bins.bin.resize(n);
  bins.wrapped.resize(n, Int3{});
  std::vector<Vec3> fractional(n);
  for (std::int64_t i = 0; i < n; ++i)
    for (int k = 0; k < 3; ++k) {
      double s = dot(box.reciprocal[k], point(positions, i));
      if (box.periodic[k]) {
        bins.wrapped[i][k] = static_cast<std::int64_t>(std::floor(s));
        s -= std::floor(s);
      }
      fractional[i][k] = s;
    }
  for (int k = 0; k < 3; ++k) {
    double extent = 1.0;
    if (!box.periodic[k]) {
      const auto [low, high] = std::minmax_element(fractional.begin(), fractional.end(),
                                                   [k](const Vec3& a, const Vec3& b) { return a[k] < b[k]; });
      bins.origin[k] = n ? (*low)[k] : 0.0;
      extent = n ? std::max((*high)[k] - (*low)[k], 1e-9) : 1.0;
    }
    // More bins than nodes only cost time; the cap also bounds a far outlier.
    const double wanted = std::floor(extent * box.height(k) / cutoff);
    bins.count[k] =
        static_cast<std::int64_t>(std::clamp(wanted, 1.0, static_cast<double>(std::max<std::int64_t>(n, 1))));
    bins.width[k] = extent / static_cast<double>(bins.count[k]);
    bins.reach[k] = static_cast<std::int64_t>(std::ceil(cutoff / (bins.width[k] * box.height(k))));
    if (!box.periodic[k]) bins.reach[k] = std::min(bins.reach[k], bins.count[k]);
  }
  for (std::int64_t i = 0; i < n; ++i) {
    for (int k = 0; k < 3; ++k) {
      const auto b = static_cast<std::int64_t>((fractional[i][k] - bins.origin[k]) / bins.width[k]);
      bins.bin[i][k] = std::clamp<std::int64_t>(b, 0, bins.count[k] - 1);
    }
    bins.members[bins.bin[i]].push_back(i);
  }
  return bins;
}

/// All candidate senders in the bins around node i, tested and appended.
void append_neighbours(std::span<const double> positions, const Box& box, const Bins& bins, std::int64_t i,
                       double cutoff, std::vector<std::pair<std::int64_t, Int3>>& found) {
  Int3 offset{};
  for (offset[0] = -bins.reach[0]; offset[0] <= bins.reach[0]; ++offset[0])
    for (offset[1] = -bins.reach[1]; offset[1] <= bins.reach[1]; ++offset[1])
      for (offset[2] = -bins.reach[2]; offset[2] <= bins.reach[2]; ++offset[2]) {
        Int3 target{};
        Int3 image{};
        bool inside = true;
        for (int k = 0; k < 3; ++k) {
          const std::int64_t raw = bins.bin[i][k] + offset[k];
          image[k] =
              box.periodic[k]
                  ? static_cast<std::int64_t>(std::floor(static_cast<double>(raw) / static_cast<double>(bins.count[k])))
                  : 0;
          target[k] = raw - image[k] * bins.count[k];
          inside = inside && target[k] >= 0 && target[k] < bins.count[k];
        }
        if (!inside) continue;
        const auto cell = bins.members.find(target);
        if (cell == bins.members.end()) continue;
        for (const std::int64_t j : cell->second) {
          Int3 shift{};
          for (int k = 0; k < 3; ++k) shift[k] = image[k] - bins.wrapped[j][k] + bins.wrapped[i][k];
          if (j == i && shift == Int3{}) continue;
          if (within(box, point(positions, j), point(positions, i), shift, cutoff)) found.emplace_back(j, shift);
        }
      }
}

}  // namespace

NeighbourList fully_connected(std::int64_t n) {
  check(n >= 0, "[graph::fully_connected] expected n >= 0; received ", n);
  NeighbourList list;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      if (j != i) append(list, j, i, {});
  return list;
}

NeighbourList radius_graph(std::span<const double> positions, double cutoff, const std::optional<Cell>& cell) {
  const std::int64_t n = checked_count(positions, cutoff);
  const Box box = make_box(cell);
  const Bins bins = sort_into_bins(positions, box, cutoff);
  NeighbourList list;
  std::vector<std::pair<std::int64_t, Int3>> found;
  for (std::int64_t i = 0; i < n; ++i) {
    found.clear();
    append_neighbours(positions, box, bins, i, cutoff, found);
    std::sort(found.begin(), found.end());
    for (const auto& [j, shift] : found) append(list, j, i, shift);
  }
  return list;
}

NeighbourList radius_graph_reference(std::span<const double> positions, double cutoff,
                                     const std::optional<Cell>& cell) {
  const std::int64_t n = checked_count(positions, cutoff);
  const Box box = make_box(cell);
  Int3 reach{};
  for (int k = 0; k < 3; ++k) {
    if (!box.periodic[k]) continue;
    double low = 0.0;
    double high = 0.0;
    for (std::int64_t i = 0; i < n; ++i) {
      low = std::min(low, dot(box.reciprocal[k], point(positions, i)));
      high = std::max(high, dot(box.reciprocal[k], point(positions, i)));
    }
    reach[k] = static_cast<std::int64_t>(std::ceil(cutoff / box.height(k) + high - low)) + 1;
  }
  NeighbourList list;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t a = -reach[0]; a <= reach[0]; ++a)
        for (std::int64_t b = -reach[1]; b <= reach[1]; ++b)
          for (std::int64_t c = -reach[2]; c <= reach[2]; ++c)
            if ((i != j || a || b || c) && within(box, point(positions, j), point(positions, i), {a, b, c}, cutoff))
              append(list, j, i, {a, b, c});
  return list;
}

NeighbourList nearest_neighbours(std::span<const double> positions, std::int64_t k) {
  check(k >= 1, "[graph::nearest_neighbours] expected k >= 1; received ", k);
  const std::int64_t n = checked_count(positions, 1.0);
  NeighbourList list;
  std::vector<std::pair<double, std::int64_t>> distances;
  for (std::int64_t i = 0; i < n; ++i) {
    distances.clear();
    for (std::int64_t j = 0; j < n; ++j) {
      const Vec3 a = point(positions, i);
      const Vec3 b = point(positions, j);
      const Vec3 d{b[0] - a[0], b[1] - a[1], b[2] - a[2]};
      if (j != i) distances.emplace_back(dot(d, d), j);
    }
    const std::int64_t kept = std::min<std::int64_t>(k, static_cast<std::int64_t>(distances.size()));
    std::partial_sort(distances.begin(), distances.begin() + kept, distances.end());
    std::vector<std::int64_t> senders;
    for (std::int64_t m = 0; m < kept; ++m) senders.push_back(distances[m].second);
    std::sort(senders.begin(), senders.end());
    for (const std::int64_t j : senders) append(list, j, i, {});
  }
  return list;
}

}  // namespace coset::graph
