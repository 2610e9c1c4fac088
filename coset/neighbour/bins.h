/// A structure sorted into bins at least as wide as the cutoff: the neighbours of a node lie in the bins around its own.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "coset/neighbour/candidate.h"
#include "coset/neighbour/lattice.h"

namespace coset::neighbour {

/// Bins along the rows of the reduced lattice; only bins that hold a node exist, so memory is O(n) whatever the volume.
/// Along periodic rows the bins wrap around and the cutoff may span many of them; along others it spans one.
class Bins {
 public:
  /// @throws coset::Error when nodes lie more than 1e12 cells away, or the cutoff holds more images than can be listed
  explicit Bins(const Structure& structure);

  /// Tests all nodes in the bins around node `receiver`; O(bins in reach + nodes in them)
  void search(std::int64_t receiver, std::vector<Candidate>& found) const;

 private:
  struct Hash {
    std::size_t operator()(const Int3& bin) const;
  };
  struct Members {
    std::int64_t begin = 0, end = 0;  // in order_
  };

  void measure(const std::vector<Vec3>& coordinates, const Vec3& slack);
  void check_images(const Vec3& reach) const;
  void sort(const std::vector<Vec3>& coordinates);
  std::vector<Vec3> wrapped_coordinates(Vec3& slack);
  void add_image_slack(const Int3& farthest, Vec3& slack) const;
  void search_bin(std::int64_t receiver, const Int3& offset, std::vector<Candidate>& found) const;

  const Structure& structure_;
  Lattice lattice_;
  Int3 count_{1, 1, 1};              // bins along each row
  Int3 reach_{};                     // bins that the cutoff spans
  Vec3 origin_{};                    // coordinate of bin 0
  Vec3 width_{1, 1, 1};              // of a bin, as a coordinate
  std::vector<Int3> bin_;            // (n)
  std::vector<Int3> cells_;          // (n) periods, in vectors of the cell, subtracted from each node to bring it home
  std::vector<std::int64_t> order_;  // nodes by bin
  std::unordered_map<Int3, Members, Hash> members_;
};

}  // namespace coset::neighbour
