/// Reference values computed by e3nn, one npz per topic in tests/golden/e3nn (its README lists the arrays).
#pragma once

#include <string>
#include <vector>

#include "coset/io/npz.h"

namespace coset::golden {

class E3nn {
 public:
  explicit E3nn(const std::string& topic) : arrays_(io::load_npz(COSET_GOLDEN_DIR "/e3nn/" + topic + ".npz")) {}

  std::vector<double> operator[](const std::string& name) const { return arrays_.at(name).as_doubles(); }
  const std::vector<std::int64_t>& shape(const std::string& name) const { return arrays_.at(name).shape; }

 private:
  io::Arrays arrays_;
};

/// Rows first .. first + count - 1 of an array with `width` numbers a row.
inline std::vector<double> rows(const std::vector<double>& array, std::size_t width, std::size_t first,
                                std::size_t count = 1) {
  const auto start = array.begin() + static_cast<std::ptrdiff_t>(first * width);
  return {start, start + static_cast<std::ptrdiff_t>(count * width)};
}

}  // namespace coset::golden
