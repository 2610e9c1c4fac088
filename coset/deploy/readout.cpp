#include <algorithm>
#include <cmath>

#include "coset/deploy/network.h"

namespace coset::deploy {

template <class T>
double Readout::evaluate(const T* scalars, double* gradient) const {
  double sum = 0.0;
  if (hidden.empty()) {
    for (std::size_t c = 0; c < weights.size(); ++c) {
      sum += static_cast<double>(scalars[c]) * weights[c];
      gradient[c] = weights[c];
    }
    return sum;
  }
  const compute::Matrix& m = hidden.front();
  std::fill_n(gradient, m.rows, 0.0);
  for (std::int64_t w = 0; w < m.columns; ++w) {
    double t = 0.0;
    for (std::int64_t u = 0; u < m.rows; ++u) t += static_cast<double>(scalars[u]) * m.values[u * m.columns + w];
    const double s = 1.0 / (1.0 + std::exp(-t));
    sum += factor * t * s * weights[static_cast<std::size_t>(w)];
    const double slope = factor * s * (1.0 + t * (1.0 - s)) * weights[static_cast<std::size_t>(w)];
    for (std::int64_t u = 0; u < m.rows; ++u) gradient[u] += slope * m.values[u * m.columns + w];
  }
  return sum;
}

template double Readout::evaluate<float>(const float*, double*) const;
template double Readout::evaluate<double>(const double*, double*) const;

}  // namespace coset::deploy
