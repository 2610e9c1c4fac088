/// What both searches share: the checks of their input and the test of one pair.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "coset/neighbour/neighbours.h"

namespace coset::neighbour {

/// A sender of the receiver at hand; ordered by sender, then shift.
struct Candidate {
  std::int64_t sender = 0;
  Int3 shift{};
  double squared = 0.0;  ///< |vector|^2 in units of the scale
  Vec3 vector{};
};

/// The structure, and the test of one pair. Lengths are compared after a multiplication by `scale`, a power of two near
/// 1 / cutoff: exact, and without overflow or underflow of squares in any unit.
class Structure {
 public:
  Structure(std::span<const double> positions, double cutoff, const std::optional<Cell>& cell,
            const RadiusOptions& options);

  std::int64_t size() const { return static_cast<std::int64_t>(positions_.size() / 3); }
  Vec3 point(std::int64_t i) const { return {positions_[3 * i], positions_[3 * i + 1], positions_[3 * i + 2]}; }
  const Cell& cell() const { return cell_; }
  const RadiusOptions& options() const { return options_; }
  double scale() const { return scale_; }
  double scaled_cutoff() const { return scaled_cutoff_; }

  /// Appends the edge sender -> receiver to `found` if it is short enough and joins no atom to itself.
  void test(std::int64_t sender, std::int64_t receiver, const Int3& shift, std::vector<Candidate>& found) const;
  /// Keeps the nearest of `found` if their number is limited, sorts them, and appends them to `list`.
  void append(std::int64_t receiver, std::vector<Candidate>& found, NeighbourList& list) const;
  /// @throws coset::Error when `edges` are more than may be held
  void check_count(double edges) const;

 private:
  std::span<const double> positions_;
  Cell cell_;
  RadiusOptions options_;
  double cutoff_, scale_ = 1.0, scaled_cutoff_ = 1.0;
};

}  // namespace coset::neighbour
