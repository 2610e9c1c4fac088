#include "coset/group/grid.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>

#include "coset/group/planar.h"
#include "coset/group/scale.h"
#include "coset/group/spatial.h"

namespace coset::group {
namespace {

constexpr double kSame = 1e-9;
constexpr double kTurn = 2.0 * std::numbers::pi;
constexpr double kAllRotations = 8.0 * std::numbers::pi * std::numbers::pi;

std::string number_text(double value) {
  PlainText text;
  text.precision(6);
  text << value;
  return text.str();
}

bool same(std::span<const double> a, std::span<const double> b) {
  return std::ranges::equal(a, b,
                            [](double x, double y) { return std::abs(x - y) < kSame * std::max(1.0, std::abs(y)); });
}

std::vector<double> unit_matrix(int space) {
  std::vector<double> unit(static_cast<std::size_t>(space * space));
  for (int i = 0; i < space; ++i) unit[static_cast<std::size_t>(i * space + i)] = 1.0;
  return unit;
}

template <int D>
GroupGrid diagonal_grid(const std::vector<double>& factors, std::string name, const std::vector<double>& haar) {
  GroupGrid grid;
  grid.name = std::move(name);
  grid.space = D;
  grid.size = static_cast<std::int64_t>(factors.size());
  grid.haar = haar;
  for (double factor : factors) {
    const auto matrix = Matrix<D>::diagonal(factor);
    grid.action.insert(grid.action.end(), matrix.entries.begin(), matrix.entries.end());
  }
  fill_tables(grid);
  return grid;
}

GroupGrid diagonal_grid(int space, const std::vector<double>& factors, const std::string& name, double weight) {
  check(space >= 1 && space <= 3, "[group::parse_group] expected 1 to 3 dimensions; received ", space);
  const std::vector<double> haar(factors.size(), weight);
  if (space == 1) return diagonal_grid<1>(factors, name, haar);
  return space == 2 ? diagonal_grid<2>(factors, name, haar) : diagonal_grid<3>(factors, name, haar);
}

}  // namespace

std::span<const double> GroupGrid::matrix(std::int64_t i) const {
  const auto entries = static_cast<std::size_t>(space * space);
  return std::span(action).subspan(static_cast<std::size_t>(i) * entries, entries);
}

double GroupGrid::determinant(std::int64_t i) const {
  const auto m = matrix(i);
  if (space == 1) return m[0];
  if (space == 2) return group::determinant(Matrix<2>{{m[0], m[1], m[2], m[3]}});
  return group::determinant(Matrix<3>{{m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]}});
}

bool GroupGrid::closed() const {
  return std::ranges::find(product, kOutside) == product.end() && std::ranges::find(inverse, kOutside) == inverse.end();
}

bool GroupGrid::on_lattice(std::int64_t i) const {
  return std::ranges::all_of(matrix(i), [](double m) { return m == 0.0 || m == 1.0 || m == -1.0; });
}

bool GroupGrid::on_lattice() const {
  for (std::int64_t i = 0; i < size; ++i)
    if (!on_lattice(i)) return false;
  return true;
}

std::int64_t GroupGrid::find(std::span<const double> wanted) const {
  for (std::int64_t i = 0; i < size; ++i)
    if (same(matrix(i), wanted)) return i;
  return kOutside;
}

std::int64_t GroupGrid::identity() const {
  const std::int64_t place = find(unit_matrix(space));
  check(place != kOutside, "[group::GroupGrid::identity] expected a grid with the identity; received ", name);
  return place;
}

namespace {

/// Finds elements by one number per matrix, sorted: a product table costs O(n^2 log n) instead of O(n^3).
class Lookup {
 public:
  explicit Lookup(const GroupGrid& grid) : grid_(grid) {
    for (std::int64_t i = 0; i < grid.size; ++i) keys_.emplace_back(key(grid.matrix(i)), i);
    std::ranges::sort(keys_);
  }
  std::int64_t find(std::span<const double> wanted) const {
    const double centre = key(wanted);
    const double slack = kSame * 16.0 * std::max(1.0, std::abs(centre));
    for (auto it = std::ranges::lower_bound(keys_, std::pair(centre - slack, std::int64_t{0}));
         it != keys_.end() && it->first <= centre + slack; ++it)
      if (same(grid_.matrix(it->second), wanted)) return it->second;
    return kOutside;
  }

 private:
  static double key(std::span<const double> matrix) {
    double total = 0.0;
    for (std::size_t k = 0; k < matrix.size(); ++k) total += std::sqrt(static_cast<double>(k) + 2.0) * matrix[k];
    return total;
  }

  const GroupGrid& grid_;
  std::vector<std::pair<double, std::int64_t>> keys_;
};

void multiply(std::span<const double> a, std::span<const double> b, std::size_t d, std::span<double> result) {
  for (std::size_t r = 0; r < d; ++r)
    for (std::size_t c = 0; c < d; ++c) {
      double entry = 0.0;
      for (std::size_t k = 0; k < d; ++k) entry += a[r * d + k] * b[k * d + c];
      result[r * d + c] = entry;
    }
}

}  // namespace

void fill_tables(GroupGrid& grid) {
  const std::int64_t n = grid.size;
  const auto d = static_cast<std::size_t>(grid.space);
  grid.product.assign(static_cast<std::size_t>(n * n), kOutside);
  grid.inverse.assign(static_cast<std::size_t>(n), kOutside);
  const Lookup lookup(grid);
  const auto unit = unit_matrix(grid.space);
  std::vector<double> result(d * d);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      multiply(grid.matrix(i), grid.matrix(j), d, result);
      grid.product[static_cast<std::size_t>(i * n + j)] = lookup.find(result);
      if (same(result, unit)) grid.inverse[static_cast<std::size_t>(i)] = j;
    }
}

GroupGrid trivial_grid(int space) {
  return diagonal_grid(space, {1.0}, "C1", 1.0);
}
GroupGrid flip_grid(int space) {
  return diagonal_grid(space, {1.0, -1.0}, "flip", 1.0);
}
GroupGrid cyclic_grid(std::int64_t n) {
  return make_grid(Cyclic(n), kTurn);
}
GroupGrid dihedral_grid(std::int64_t n) {
  return make_grid(Dihedral(n), 2.0 * kTurn);
}

GroupGrid scale_grid(int space, std::int64_t count, double base, std::int64_t first) {
  check(count >= 1 && base > 1.0, "[group::scale_grid] expected a count >= 1 and a base > 1; received ", count, " and ",
        base);
  std::vector<double> factors;
  for (std::int64_t i = first; i < first + count; ++i) factors.push_back(std::pow(base, static_cast<double>(i)));
  const std::string start = first != 0 ? ":" + std::to_string(first) : "";
  return diagonal_grid(space, factors, "R+:" + std::to_string(count) + ":" + number_text(base) + start, std::log(base));
}

GroupGrid rotation_scale_grid(std::int64_t n, std::int64_t count, double base) {
  check(n >= 1 && count >= 1 && base > 1.0,
        "[group::rotation_scale_grid] expected counts >= 1 and a base > 1; received ", n, ", ", count, ", ", base);
  std::vector<RotationScale::Element> elements;
  for (std::int64_t i = 0; i < count; ++i)
    for (std::int64_t r = 0; r < n; ++r)
      elements.push_back(
          {kTurn * static_cast<double>(r) / static_cast<double>(n), std::pow(base, static_cast<double>(i))});
  const double weight = kTurn / static_cast<double>(n) * std::log(base);
  const std::string name = "SO2xR+:" + std::to_string(n) + ":" + std::to_string(count) + ":" + number_text(base);
  auto grid = make_grid(RotationScale(), elements, name, std::vector<double>(elements.size(), weight));
  const Cyclic turns(n);  // quarter turns become exact
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto exact = elements[i].scale * turns.matrix(static_cast<std::int64_t>(i) % n);
    std::ranges::copy(exact.entries, grid.action.begin() + static_cast<std::ptrdiff_t>(4 * i));
  }
  return grid;
}

GroupGrid random_rotations(int space, std::int64_t count, std::uint32_t seed) {
  check((space == 2 || space == 3) && count >= 1,
        "[group::random_rotations] expected 2 or 3 dimensions and a count >= 1; received ", space, " and ", count);
  NumpyRandom random(seed);
  const std::string tail = ":random:" + std::to_string(count) + ":" + std::to_string(seed);
  const double total = space == 2 ? kTurn : kAllRotations;
  const std::vector<double> haar(static_cast<std::size_t>(count), total / static_cast<double>(count));
  if (space == 2) {
    std::vector<double> angles;
    for (std::int64_t i = 0; i < count; ++i) angles.push_back(SO2().random(random));
    return make_grid(SO2(), angles, "SO2" + tail, haar);
  }
  std::vector<Matrix<3>> turns;
  for (std::int64_t i = 0; i < count; ++i) turns.push_back(SO3().random(random));
  return make_grid(SO3(), turns, "SO3" + tail, haar);
}

}  // namespace coset::group
