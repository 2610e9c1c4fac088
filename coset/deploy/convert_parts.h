/// What the converters share: flat weights of the original programs cut into matrices of ours.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "coset/deploy/network_options.h"
#include "coset/io/array.h"

namespace coset::deploy {

/// An array of the dtype of `like` (f4 or f8) from doubles.
io::Array array_like(const io::Array& like, const std::vector<double>& values, std::vector<std::int64_t> shape);

/// Flat weights, taken from the front. Values keep their precision.
class FlatWeights {
 public:
  /// @param where  begins messages: "PATH: 'key'"
  FlatWeights(const io::Array& array, std::string where);

  /// The next product(shape) numbers. @throws coset::Error when fewer are left
  io::Array next(std::vector<std::int64_t> shape);
  /// @throws coset::Error when some are left
  void expect_empty() const;

 private:
  const io::Array& array_;
  std::string where_;
  std::int64_t at_ = 0;
};

/// The last matrix of layer t's radial network, columns moved from loop order to the order of message_paths and
/// multiplied by sign(l1, l2, l3) of their path. @throws coset::Error when the matrix has another number of columns
io::Array sort_path_columns(const io::Array& matrix, const NetworkOptions& options, std::size_t t,
                            const std::string& where, const std::function<double(int, int, int)>& sign);

}  // namespace coset::deploy
