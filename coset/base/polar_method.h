/// Marsaglia's polar method (Marsaglia and Bray, SIAM Review 6, 1964): two normal numbers of some uniform ones.
#pragma once

#include <cmath>
#include <utility>

namespace coset {

/// The number to return now, and its partner for the next call; `uniform()` draws from [0, 1).
template <class Uniform>
std::pair<double, double> polar_normals(const Uniform& uniform) {
  double x = 0.0;
  double y = 0.0;
  double r2 = 0.0;
  do {
    x = 2.0 * uniform() - 1.0;
    y = 2.0 * uniform() - 1.0;
    r2 = x * x + y * y;
  } while (r2 >= 1.0 || r2 == 0.0);
  const double scale = std::sqrt(-2.0 * std::log(r2) / r2);
  return {scale * y, scale * x};
}

}  // namespace coset
