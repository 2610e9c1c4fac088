#include "coset/kernel/rotation_table.h"

#include <array>
#include <cmath>

namespace coset::kernel {
namespace {

constexpr double kSnap = 1e-6;

struct Neighbour {
  std::int64_t cell;
  double weight;
};

/// Cells around a position given by its index coordinates, with the product of their linear weights.
std::vector<Neighbour> neighbours(const std::vector<double>& position, std::int64_t size) {
  std::vector<Neighbour> found{{0, 1.0}};
  for (double coordinate : position) {
    double low = std::floor(coordinate + kSnap);
    double fraction = coordinate - low;
    if (std::abs(fraction) < kSnap) fraction = 0.0;
    const std::array<double, 2> weights{1.0 - fraction, fraction};
    std::vector<Neighbour> next;
    for (const auto& [cell, weight] : found)
      for (std::int64_t side = 0; side < 2; ++side) {
        const auto index = static_cast<std::int64_t>(low) + side;
        const double product = weight * weights[static_cast<std::size_t>(side)];
        if (index >= 0 && index < size && product != 0.0) next.push_back({cell * size + index, product});
      }
    found = std::move(next);
  }
  return found;
}

/// A^-1 x for the element at place h: through the grid's inverse where it has one, else by solving.
std::vector<double> inverse_matrix(const group::GroupGrid& grid, std::int64_t h) {
  const auto m = grid.matrix(h);
  if (grid.space == 1) return {1.0 / m[0]};
  if (grid.space == 2) {
    const auto inverse = group::inverse(group::Matrix<2>{{m[0], m[1], m[2], m[3]}});
    return {inverse.entries.begin(), inverse.entries.end()};
  }
  const auto inverse = group::inverse(group::Matrix<3>{{m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]}});
  return {inverse.entries.begin(), inverse.entries.end()};
}

std::vector<double> source_of(const std::vector<double>& inverse, const double* offset, std::size_t d, double centre) {
  std::vector<double> source(d, centre);
  for (std::size_t a = 0; a < d; ++a)
    for (std::size_t b = 0; b < d; ++b) source[a] += inverse[a * d + b] * offset[b];
  return source;
}

}  // namespace

std::int64_t cell_count(int space, std::int64_t size) {
  check(space >= 1 && space <= 3 && size >= 1, "[kernel::cell_count] expected 1 to 3 axes and a size >= 1; received ",
        space, " and ", size);
  std::int64_t cells = 1;
  for (int a = 0; a < space; ++a) cells *= size;
  return cells;
}

std::vector<double> cell_offsets(int space, std::int64_t size) {
  const std::int64_t cells = cell_count(space, size);
  std::vector<double> offsets(static_cast<std::size_t>(cells * space));
  for (std::int64_t p = 0; p < cells; ++p) {
    std::int64_t rest = p;
    for (int a = space - 1; a >= 0; --a, rest /= size)
      offsets[static_cast<std::size_t>(p * space + a)] = static_cast<double>(2 * (rest % size) - (size - 1)) / 2.0;
  }
  return offsets;
}

std::vector<bool> disk_mask(int space, std::int64_t size) {
  const auto offsets = cell_offsets(space, size);
  const auto d = static_cast<std::size_t>(space);
  const double radius = static_cast<double>(size) / 2.0;
  std::vector<bool> inside(offsets.size() / d);
  for (std::size_t p = 0; p < inside.size(); ++p) {
    double squares = 0.0;
    for (std::size_t a = 0; a < d; ++a) squares += offsets[p * d + a] * offsets[p * d + a];
    inside[p] = squares <= radius * radius;
  }
  return inside;
}

std::vector<double> rotation_table(const group::GroupGrid& grid, std::int64_t size, bool disk) {
  const std::int64_t cells = cell_count(grid.space, size);
  const auto offsets = cell_offsets(grid.space, size);
  const auto inside = disk_mask(grid.space, size);
  const auto d = static_cast<std::size_t>(grid.space);
  std::vector<double> table(static_cast<std::size_t>(grid.size * cells * cells));
  for (std::int64_t h = 0; h < grid.size; ++h) {
    const auto inverse = inverse_matrix(grid, h);
    for (std::int64_t p = 0; p < cells; ++p) {
      if (disk && !inside[static_cast<std::size_t>(p)]) continue;
      const auto source =
          source_of(inverse, &offsets[static_cast<std::size_t>(p) * d], d, static_cast<double>(size - 1) / 2.0);
      for (const auto& [cell, weight] : neighbours(source, size))
        table[static_cast<std::size_t>((h * cells + p) * cells + cell)] += weight;
    }
  }
  return table;
}

std::vector<std::int64_t> index_table(const group::GroupGrid& grid, std::int64_t size) {
  const std::int64_t cells = cell_count(grid.space, size);
  std::vector<std::int64_t> table;
  table.reserve(static_cast<std::size_t>(grid.size * cells));
  std::vector<std::int64_t> cell(static_cast<std::size_t>(grid.space));
  for (std::int64_t h = 0; h < grid.size; ++h) {
    check(grid.on_lattice(h), "[kernel::index_table] expected symmetries of the lattice; received ", grid.name,
          ", whose element ", h, " is not one");
    const auto m = grid.matrix(h);
    for (std::int64_t p = 0; p < cells; ++p) {
      std::int64_t rest = p;
      for (int a = grid.space - 1; a >= 0; --a, rest /= size)
        cell[static_cast<std::size_t>(a)] = 2 * (rest % size) - (size - 1);
      std::int64_t source = 0;
      for (int a = 0; a < grid.space; ++a) {  // h is orthogonal: h^-1 is its transpose
        std::int64_t twice = 0;
        for (int b = 0; b < grid.space; ++b)
          twice += static_cast<std::int64_t>(m[static_cast<std::size_t>(b * grid.space + a)]) *
                   cell[static_cast<std::size_t>(b)];
        source = source * size + (twice + size - 1) / 2;
      }
      table.push_back(source);
    }
  }
  return table;
}

std::vector<std::int64_t> ring_table(const group::GroupGrid& grid, std::int64_t size) {
  check(grid.space == 2 && grid.action == group::cyclic_grid(grid.size).action && 8 % grid.size == 0 &&
            (size == 1 || size == 3),
        "[kernel::ring_table] expected C1, C2, C4 or C8 and 1x1 or 3x3 cells; received ", grid.name, " and size ",
        size);
  if (size == 1) return std::vector<std::int64_t>(static_cast<std::size_t>(grid.size), 0);
  constexpr std::array<std::int64_t, 8> ring{5, 2, 1, 0,
                                             3, 6, 7, 8};  // counter-clockwise from the right, row-major cells
  std::vector<std::int64_t> table(static_cast<std::size_t>(9 * grid.size), 4);
  for (std::int64_t h = 0; h < grid.size; ++h)
    for (std::int64_t i = 0; i < 8; ++i)
      table[static_cast<std::size_t>(9 * h + ring[static_cast<std::size_t>(i)])] =
          ring[static_cast<std::size_t>((i + 8 - h * 8 / grid.size) % 8)];
  return table;
}

}  // namespace coset::kernel
