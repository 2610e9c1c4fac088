#include "coset/neighbour/lattice.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "coset/base/error.h"

namespace coset::neighbour {

namespace {

constexpr double kFlat = 1e-13;          // relative length, area or volume below which vectors span nothing
constexpr double kLargestFactor = 9e15;  // integers up to 2^53 are exact in double

struct Row {
  Vec3 vector{};
  Int3 combination{};
};

double length(const Vec3& a) {
  return std::sqrt(dot(a, a));
}

/// The vector of an integer combination, summed in long double: large multiples cancel in skew cells.
Vec3 combine(const std::array<Vec3, 3>& vectors, const Int3& factors) {
  std::array<long double, 3> sum{};
  for (int k = 0; k < 3; ++k)
    for (int c = 0; c < 3; ++c)
      if (factors[k] != 0) sum[c] += static_cast<long double>(factors[k]) * static_cast<long double>(vectors[k][c]);
  return {static_cast<double>(sum[0]), static_cast<double>(sum[1]), static_cast<double>(sum[2])};
}

std::int64_t whole(double factor) {
  check(std::abs(factor) < kLargestFactor,
        "[neighbour::radius_graph] expected periodic cell vectors of comparable lengths; received two whose ratio is ",
        factor);
  return static_cast<std::int64_t>(factor);
}

/// `row` minus whole multiples of `others`.
Row minus(const std::array<Vec3, 3>& vectors, Row row, const std::vector<Row>& others,
          const std::vector<std::int64_t>& multiples) {
  for (std::size_t o = 0; o < multiples.size(); ++o)
    for (int k = 0; k < 3; ++k) row.combination[k] -= multiples[o] * others[o].combination[k];
  row.vector = combine(vectors, row.combination);
  return row;
}

/// Real multiples of the first `count` (1 or 2) rows that come nearest to `target` (normal equations).
std::array<double, 2> nearest_multiples(const std::vector<Row>& rows, std::size_t count, const Vec3& target) {
  const Vec3& a = rows[0].vector;
  if (count == 1) return {dot(target, a) / dot(a, a), 0.0};
  const Vec3& b = rows[1].vector;
  const double aa = dot(a, a), ab = dot(a, b), bb = dot(b, b), ta = dot(target, a), tb = dot(target, b);
  const double determinant = aa * bb - ab * ab;
  return {(ta * bb - tb * ab) / determinant, (tb * aa - ta * ab) / determinant};
}

/// Replaces row `last` by its shortest representative modulo the rows before it; says whether it became shorter.
bool shorten(const std::array<Vec3, 3>& vectors, std::vector<Row>& rows, std::size_t last) {
  const auto real = nearest_multiples(rows, last, rows[last].vector);
  Row best = rows[last];
  for (int corner = 0; corner < (last == 1 ? 2 : 4); ++corner) {
    std::vector<std::int64_t> multiples;
    for (std::size_t o = 0; o < last; ++o) multiples.push_back(whole(std::floor(real[o])) + ((corner >> o) & 1));
    const Row trial = minus(vectors, rows[last], rows, multiples);
    if (dot(trial.vector, trial.vector) < dot(best.vector, best.vector)) best = trial;
  }
  const bool shorter = dot(best.vector, best.vector) < (1.0 - 1e-9) * dot(rows[last].vector, rows[last].vector);
  if (shorter) rows[last] = best;
  return shorter;
}

void reduce(const std::array<Vec3, 3>& vectors, std::vector<Row>& rows) {
  const auto by_length = [](const Row& a, const Row& b) { return dot(a.vector, a.vector) < dot(b.vector, b.vector); };
  for (bool changed = true; changed;) {
    std::stable_sort(rows.begin(), rows.end(), by_length);
    changed = false;
    for (std::size_t last = 1; last < rows.size() && !changed; ++last) changed = shorten(vectors, rows, last);
  }
}

/// Length, area or volume of unit vectors along the rows.
double spanned(const std::vector<Row>& rows) {
  std::vector<Vec3> unit;
  for (const Row& row : rows) {
    unit.push_back(row.vector);
    for (double& component : unit.back()) component /= length(row.vector);
  }
  if (unit.size() < 2) return 1.0;
  const Vec3 normal = cross(unit[0], unit[1]);
  return unit.size() == 2 ? length(normal) : std::abs(dot(normal, unit[2]));
}

std::vector<Row> periodic_rows(const Cell& cell, const std::array<Vec3, 3>& scaled) {
  std::vector<Row> rows;
  for (int k = 0; k < 3; ++k) {
    if (!cell.periodic[k]) continue;
    const double size = length(scaled[k]);
    check(std::isfinite(size) && size > 0.0,
          "[neighbour::radius_graph] expected a vector of finite, non-zero length along each periodic direction; "
          "received length ",
          length(cell.vectors[k]), " for vector ", k);
    rows.push_back({.vector = scaled[k]});
    rows.back().combination[k] = 1;
  }
  check(spanned(rows) > kFlat,
        "[neighbour::radius_graph] expected periodic cell vectors that span a lattice; received vectors that lie in "
        "one plane or line (their relative volume is ",
        spanned(rows), ")");
  return rows;
}

Vec3 unit_orthogonal(const Vec3& a) {
  Vec3 axis{};
  const Vec3 size{std::abs(a[0]), std::abs(a[1]), std::abs(a[2])};
  axis[std::min_element(size.begin(), size.end()) - size.begin()] = 1.0;
  Vec3 across = cross(a, axis);
  const double norm = length(across);
  for (double& component : across) component /= norm;
  return across;
}

/// Unit vectors orthogonal to the rows already there.
void complete(std::vector<Row>& rows) {
  if (rows.empty()) rows = {{.vector = {1, 0, 0}}, {.vector = {0, 1, 0}}, {.vector = {0, 0, 1}}};
  if (rows.size() == 1) rows.push_back({.vector = unit_orthogonal(rows[0].vector)});
  if (rows.size() == 3) return;
  Vec3 normal = cross(rows[0].vector, rows[1].vector);
  const double norm = length(normal);
  for (double& component : normal) component /= norm;
  rows.push_back({.vector = normal});
}

}  // namespace

double dot(const Vec3& a, const Vec3& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vec3 cross(const Vec3& a, const Vec3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Vec3 displacement(const Cell& cell, const Int3& shift) {
  Vec3 sum{};
  for (int k = 0; k < 3; ++k)
    for (int c = 0; c < 3; ++c)
      if (cell.periodic[k]) sum[c] += static_cast<double>(shift[k]) * cell.vectors[k][c];
  return sum;
}

double Lattice::height(int m) const {
  return 1.0 / length(reciprocal[m]);
}

Int3 Lattice::to_cell(const Int3& counts) const {
  Int3 sum{};
  for (int m = 0; m < periodic; ++m)
    for (int k = 0; k < 3; ++k) sum[k] += counts[m] * combination[m][k];
  return sum;
}

Lattice reduced_lattice(const Cell& cell, double scale) {
  std::array<Vec3, 3> scaled = cell.vectors;
  for (Vec3& vector : scaled)
    for (double& component : vector) component *= scale;
  std::vector<Row> rows = periodic_rows(cell, scaled);
  Lattice lattice;
  lattice.periodic = static_cast<int>(rows.size());
  reduce(scaled, rows);
  complete(rows);
  for (int m = 0; m < 3; ++m) {
    lattice.vectors[m] = rows[m].vector;
    lattice.combination[m] = rows[m].combination;
  }
  const double volume = dot(lattice.vectors[0], cross(lattice.vectors[1], lattice.vectors[2]));
  for (int m = 0; m < 3; ++m) {
    lattice.reciprocal[m] = cross(lattice.vectors[(m + 1) % 3], lattice.vectors[(m + 2) % 3]);
    for (double& component : lattice.reciprocal[m]) component /= volume;
  }
  return lattice;
}

}  // namespace coset::neighbour
