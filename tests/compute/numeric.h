/// Random arrays and central differences for the tests of compute/.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/laws/tolerance.h"

namespace coset::tests {

template <class T>
std::vector<T> random_values(std::int64_t count, std::uint32_t seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<T> out(static_cast<std::size_t>(count));
  for (T& value : out) value = static_cast<T>(normal(engine));
  return out;
}

inline double inner(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Central differences of the scalar function f at x, step 1e-5.
template <class F>
std::vector<double> numeric_gradient(F&& f, std::vector<double> x) {
  constexpr double kStep = 1e-5;
  std::vector<double> out(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double at = x[i];
    x[i] = at + kStep;
    const double above = f(x);
    x[i] = at - kStep;
    const double below = f(x);
    x[i] = at;
    out[i] = (above - below) / (2 * kStep);
  }
  return out;
}

}  // namespace coset::tests
