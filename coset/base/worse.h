/// The larger of two errors, as every check of a law needs it.
#pragma once

#include <cmath>

namespace coset {

/// std::max, but NaN when either is: a comparison that broke down must not pass as its best part.
inline double worse(double a, double b) {
  return a > b || std::isnan(a) ? a : b;
}

}  // namespace coset
