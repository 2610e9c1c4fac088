/// A dense matrix of weights, as it comes from a file.
#pragma once

#include <cstdint>
#include <vector>

namespace coset::compute {

/// Row-major.
struct Matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<double> values;
};

}  // namespace coset::compute
