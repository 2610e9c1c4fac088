#include "coset/base/generator.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "coset/base/error.h"
#include "coset/base/polar_method.h"

namespace coset {

double Generator::uniform() {
  constexpr double kBelowOne = 1.0 - std::numeric_limits<double>::epsilon() / 2.0;
  return std::min(static_cast<double>(engine_()) * 0x1p-64, kBelowOne);
}

double Generator::normal() {
  if (std::exchange(has_cached_, false)) return cached_;
  has_cached_ = true;
  double value = 0.0;
  std::tie(value, cached_) = polar_normals([this] { return uniform(); });
  return value;
}

std::vector<double> Generator::normals(std::int64_t count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& value : values) value = normal();
  return values;
}

std::int64_t Generator::integer(std::int64_t bound) {
  check(bound >= 1, "[Generator::integer] expected a bound of at least 1; received ", bound);
  const auto n = static_cast<std::uint64_t>(bound);
  const std::uint64_t whole =
      std::numeric_limits<std::uint64_t>::max() / n * n;  // a multiple of n: no remainder is favoured
  std::uint64_t value = 0;
  do value = engine_();
  while (value >= whole);
  return static_cast<std::int64_t>(value % n);
}

std::vector<std::int64_t> Generator::permutation(std::int64_t n) {
  check(n >= 0, "[Generator::permutation] expected n >= 0; received ", n);
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::int64_t i = n - 1; i >= 1; --i)
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(integer(i + 1))]);
  return order;
}

}  // namespace coset
