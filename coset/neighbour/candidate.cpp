#include "coset/neighbour/candidate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "coset/base/error.h"

namespace coset::neighbour {

namespace {

bool nearer(const Candidate& a, const Candidate& b) {
  return std::tie(a.squared, a.sender, a.shift) < std::tie(b.squared, b.sender, b.shift);
}

bool before(const Candidate& a, const Candidate& b) {
  return std::tie(a.sender, a.shift) < std::tie(b.sender, b.shift);
}

}  // namespace

Structure::Structure(std::span<const double> positions, double cutoff, const std::optional<Cell>& cell,
                     const RadiusOptions& options)
    : positions_(positions), cell_(cell.value_or(Cell{{}, {false, false, false}})), options_(options), cutoff_(cutoff) {
  check(positions.size() % 3 == 0, "[neighbour::radius_graph] expected positions (n, 3); received ", positions.size(),
        " numbers");
  const bool periodic = cell_.periodic[0] || cell_.periodic[1] || cell_.periodic[2];
  check(cutoff > 0 && (std::isfinite(cutoff) || !periodic),
        "[neighbour::radius_graph] expected cutoff > 0, finite in a periodic cell; received ", cutoff);
  check(!options.max_neighbours || *options.max_neighbours >= 1,
        "[neighbour::radius_graph] expected max_neighbours >= 1; received ", options.max_neighbours.value_or(1));
  double largest = std::numeric_limits<double>::min();
  for (std::size_t i = 0; i < positions.size(); ++i) {
    check(std::isfinite(positions[i]), "[neighbour::radius_graph] expected finite positions; received ", positions[i],
          " for node ", i / 3);
    largest = std::max(largest, std::abs(positions[i]));
  }
  scale_ = std::ldexp(1.0, std::clamp(-std::ilogb(std::isinf(cutoff) ? largest : cutoff), -1000, 1000));
  scaled_cutoff_ = cutoff * scale_;
}

void Structure::test(std::int64_t sender, std::int64_t receiver, const Int3& shift,
                     std::vector<Candidate>& found) const {
  const bool moved = shift != Int3{};
  if (sender == receiver && !moved) return;
  const Vec3 image = moved ? displacement(cell_, shift) : Vec3{};
  Candidate candidate{.sender = sender, .shift = shift};
  for (int c = 0; c < 3; ++c) {
    candidate.vector[c] = positions_[3 * sender + c] + image[c] - positions_[3 * receiver + c];
    const double scaled = candidate.vector[c] * scale_;
    candidate.squared += scaled * scaled;
  }
  const double limit = scaled_cutoff_ * scaled_cutoff_;
  if (candidate.squared < limit || (options_.inclusive && candidate.squared == limit) || std::isinf(limit))
    found.push_back(candidate);
}

void Structure::append(std::int64_t receiver, std::vector<Candidate>& found, NeighbourList& list) const {
  if (options_.max_neighbours && std::ssize(found) > *options_.max_neighbours) {
    std::nth_element(found.begin(), found.begin() + *options_.max_neighbours, found.end(), nearer);
    found.resize(static_cast<std::size_t>(*options_.max_neighbours));
  }
  std::sort(found.begin(), found.end(), before);
  for (const Candidate& candidate : found) {
    list.sender.push_back(candidate.sender);
    list.receiver.push_back(receiver);
    list.shift.push_back(candidate.shift);
    if (options_.with_vectors) list.vector.push_back(candidate.vector);
  }
}

void Structure::check_count(double edges) const {
  check(edges <= static_cast<double>(options_.max_edges), "[neighbour::radius_graph] expected at most ",
        options_.max_edges, " edges; received a cutoff of ", cutoff_, ", within which there are ", edges, " or more");
}

}  // namespace coset::neighbour
