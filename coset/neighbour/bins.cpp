#include "coset/neighbour/bins.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "coset/base/error.h"

namespace coset::neighbour {

namespace {

constexpr double kLargestShift = 1e15;     // periods: counts of them and their products stay exact
constexpr double kFarthest = 1e12;         // cells: beyond, the fraction of a cell has lost its digits
constexpr double kMostBins = 1e9;          // along one row: rounding moves a node by 1e-6 bins at most
constexpr double kEpsilon = 16 * 0x1p-52;  // rounding of a coordinate, of an image and of a difference
constexpr double kOverlap = 1.0 + 1e-6;    // bins are wider than the cutoff by more than any rounding

double length(const Vec3& a) {
  return std::sqrt(dot(a, a));
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

}  // namespace

std::size_t Bins::Hash::operator()(const Int3& bin) const {
  std::uint64_t h = 0;
  for (const std::int64_t b : bin) h = (h ^ static_cast<std::uint64_t>(b)) * 0x9e3779b97f4a7c15U, h ^= h >> 32U;
  return h;
}

Bins::Bins(const Structure& structure)
    : structure_(structure), lattice_(reduced_lattice(structure.cell(), structure.scale())) {
  Vec3 slack{};
  const std::vector<Vec3> coordinates = wrapped_coordinates(slack);
  measure(coordinates, slack);
  sort(coordinates);
}

/// The coordinates, those along periodic rows within the cell, and a bound on the rounding of differences of them.
std::vector<Vec3> Bins::wrapped_coordinates(Vec3& slack) {
  const std::int64_t n = structure_.size();
  std::vector<Vec3> coordinates(n);
  std::vector<Int3> counts(n, Int3{});
  Int3 farthest{};
  for (std::int64_t i = 0; i < n; ++i) {
    Vec3 x = structure_.point(i);
    for (double& component : x) component = std::clamp(component * structure_.scale(), -1e290, 1e290);
    for (int m = 0; m < 3; ++m) {
      const Vec3& g = lattice_.reciprocal[m];
      double s = dot(g, x);
      if (lattice_.periodic > 0)
        slack[m] =
            std::max(slack[m], kEpsilon * (std::abs(g[0] * x[0]) + std::abs(g[1] * x[1]) + std::abs(g[2] * x[2])));
      if (m < lattice_.periodic) {
        check(std::abs(s) < kFarthest, "[neighbour::radius_graph] expected positions within ", kFarthest,
              " cells of the origin; received node ", i, " at ", s, " cells");
        counts[i][m] = static_cast<std::int64_t>(std::floor(s));
        farthest[m] = std::max(farthest[m], std::abs(counts[i][m]));
        s -= std::floor(s);
      }
      coordinates[i][m] = s;
    }
  }
  add_image_slack(farthest, slack);
  cells_.resize(n);
  for (std::int64_t i = 0; i < n; ++i) cells_[i] = lattice_.to_cell(counts[i]);
  return coordinates;
}

/// Images are summed from vectors of the cell, which may be far longer than the reduced ones.
void Bins::add_image_slack(const Int3& farthest, Vec3& slack) const {
  for (int p = 0; p < lattice_.periodic; ++p) {
    const double images =
        2.0 * static_cast<double>(farthest[p]) + structure_.scaled_cutoff() / lattice_.height(p) + 2.0;
    for (int k = 0; k < 3; ++k) {
      if (!structure_.cell().periodic[k]) continue;
      const double periods = images * std::abs(static_cast<double>(lattice_.combination[p][k]));
      check(periods < kLargestShift, "[neighbour::radius_graph] expected images within ", kLargestShift,
            " periods; received positions, a cutoff or a skew cell that need ", periods);
      for (int m = 0; m < 3; ++m)
        for (int c = 0; c < 3; ++c)
          slack[m] += kEpsilon * periods *
                      std::abs(structure_.cell().vectors[k][c] * structure_.scale() * lattice_.reciprocal[m][c]);
    }
  }
}

void Bins::measure(const std::vector<Vec3>& coordinates, const Vec3& slack) {
  Vec3 reach{};
  for (int m = 0; m < 3; ++m) {
    const double cutoff = structure_.scaled_cutoff() / lattice_.height(m) * kOverlap + slack[m];  // as a coordinate
    double extent = 1.0;
    if (m >= lattice_.periodic && !coordinates.empty()) {
      const auto [low, high] = std::minmax_element(coordinates.begin(), coordinates.end(),
                                                   [m](const Vec3& a, const Vec3& b) { return a[m] < b[m]; });
      origin_[m] = (*low)[m];
      extent = (*high)[m] - (*low)[m];
    }
    const double count = std::clamp(std::floor(extent / cutoff), 1.0, kMostBins);
    count_[m] = static_cast<std::int64_t>(count);
    width_[m] = std::max(extent / count, std::numeric_limits<double>::min());
    reach[m] = m < lattice_.periodic ? std::ceil(cutoff / width_[m]) : std::min(count - 1.0, 1.0);
  }
  check_images(reach);
  for (int m = 0; m < 3; ++m) reach_[m] = static_cast<std::int64_t>(reach[m]);
}

/// Refuses, before anything is listed, what the number of images alone makes too much.
void Bins::check_images(const Vec3& reach) const {
  const double r = structure_.scaled_cutoff();
  const double atoms = static_cast<double>(structure_.size());
  const int p = lattice_.periodic;
  if (p == 0 || atoms == 0) return;
  double period = length(lattice_.vectors[0]);
  double ball = 2 * r;
  if (p >= 2) {
    period = length(cross(lattice_.vectors[0], lattice_.vectors[1]));
    ball = std::numbers::pi * r * r;
  }
  if (p == 3) {
    period = std::abs(dot(cross(lattice_.vectors[0], lattice_.vectors[1]), lattice_.vectors[2]));
    ball *= 4 * r / 3;
  }
  const bool all_near = p == 3 && !structure_.options().max_neighbours;
  structure_.check_count((all_near ? 0.5 * atoms : 1.0) * atoms * (ball / period));
  for (int m = 0; m < p; ++m) structure_.check_count(reach[m]);
}

void Bins::sort(const std::vector<Vec3>& coordinates) {
  const std::int64_t n = structure_.size();
  bin_.resize(n);
  order_.resize(n);
  for (std::int64_t i = 0; i < n; ++i) {
    for (int m = 0; m < 3; ++m) {
      const double place = std::floor((coordinates[i][m] - origin_[m]) / width_[m]);
      bin_[i][m] = static_cast<std::int64_t>(std::clamp(place, 0.0, static_cast<double>(count_[m] - 1)));
    }
    ++members_[bin_[i]].end;
  }
  std::int64_t next = 0;
  for (auto& [bin, members] : members_) {
    members.begin = next;
    next += members.end;
    members.end = members.begin;
  }
  for (std::int64_t i = 0; i < n; ++i) order_[members_[bin_[i]].end++] = i;
}

void Bins::search(std::int64_t receiver, std::vector<Candidate>& found) const {
  Int3 offset{};
  for (offset[0] = -reach_[0]; offset[0] <= reach_[0]; ++offset[0])
    for (offset[1] = -reach_[1]; offset[1] <= reach_[1]; ++offset[1])
      for (offset[2] = -reach_[2]; offset[2] <= reach_[2]; ++offset[2]) search_bin(receiver, offset, found);
}

void Bins::search_bin(std::int64_t receiver, const Int3& offset, std::vector<Candidate>& found) const {
  Int3 target{};
  Int3 image{};
  bool wraps = false;
  for (int m = 0; m < 3; ++m) {
    const std::int64_t raw = bin_[receiver][m] + offset[m];
    if (m < lattice_.periodic) {
      image[m] = floor_divide(raw, count_[m]);
      wraps = wraps || image[m] != 0;
    } else if (raw < 0 || raw >= count_[m]) {
      return;
    }
    target[m] = raw - image[m] * count_[m];
  }
  const auto bin = members_.find(target);
  if (bin == members_.end()) return;
  const Int3 from = wraps ? lattice_.to_cell(image) : Int3{};
  for (std::int64_t at = bin->second.begin; at < bin->second.end; ++at) {
    const std::int64_t sender = order_[at];
    Int3 shift{};
    if (lattice_.periodic > 0)
      for (int k = 0; k < 3; ++k) shift[k] = from[k] - cells_[sender][k] + cells_[receiver][k];
    structure_.test(sender, receiver, shift, found);
  }
}

}  // namespace coset::neighbour
