#include "coset/kernel/spline_basis.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "coset/group/log_coordinates.h"
#include "coset/group/planar.h"
#include "coset/kernel/rotation_table.h"
#include "coset/math/b_spline.h"

namespace coset::kernel {
namespace {

constexpr double kTurn = 2.0 * std::numbers::pi;
constexpr double kRounding = 1e-9;  ///< of a length in cells

/// Turns of a planar grid without scales, and whether it holds mirror images.
struct Circle {
  std::int64_t turns;
  bool mirrors;
};

Circle circle(const group::GroupGrid& grid, const char* function) {
  check(grid.space == 2 && grid.closed(), "[kernel::", function,
        "] expected a uniform grid on SO(2) or O(2); received ", grid.name);
  std::int64_t turns = 0;
  for (std::int64_t h = 0; h < grid.size; ++h) turns += grid.determinant(h) > 0.0 ? 1 : 0;
  return {turns, turns != grid.size};
}

/// Rotations by step * (first .. first + count - 1), in each component.
FibreSplines around(const Circle& circle, std::int64_t first, std::int64_t count, double step, double width) {
  std::vector<group::O2::Element> elements;
  for (std::int64_t flip = 0; flip < (circle.mirrors ? 2 : 1); ++flip)
    for (std::int64_t i = first; i < first + count; ++i) elements.push_back({flip, step * static_cast<double>(i)});
  const std::vector<double> weights(elements.size(), 1.0);
  return {group::make_grid(group::O2(), elements, "centres", weights), width, 0.0, 2};
}

void check_count(const char* function, std::int64_t count, std::int64_t most) {
  check(count >= 1 && count <= most, "[kernel::", function, "] expected 1 to ", most, " centres; received ", count);
}

double spline_product(const group::LogCoordinates& u, const FibreSplines& fibre) {
  if (u.component != 0) return 0.0;
  double value = 1.0;
  if (fibre.angle_width > 0.0)
    for (double angle : u.rotation) value *= math::b_spline(fibre.order, angle / fibre.angle_width);
  if (fibre.scale_width > 0.0) value *= math::b_spline(fibre.order, u.log_scale / fibre.scale_width);
  return value;
}

std::vector<double> spatial_factor(const group::GroupGrid& out, const SpatialSplines& spatial, std::int64_t size) {
  const auto cells = pulled_back_cells(out, size);
  const auto d = static_cast<std::size_t>(out.space);
  const std::size_t per_copy = cells.size() / static_cast<std::size_t>(out.size);
  std::vector<double> factor;
  for (std::size_t row = 0; row < cells.size(); row += d)
    for (std::size_t c = 0; c < spatial.centres.size(); c += d) {
      double value = 1.0 / std::abs(out.determinant(static_cast<std::int64_t>(row / per_copy)));
      for (std::size_t a = 0; a < d; ++a)
        value *= math::b_spline(spatial.order, (cells[row + a] - spatial.centres[c + a]) / spatial.width);
      factor.push_back(value);
    }
  return factor;
}

}  // namespace

FibreSplines dense_rotations(const group::GroupGrid& grid, std::int64_t count) {
  const Circle c = circle(grid, "dense_rotations");
  check_count("dense_rotations", count, c.turns);
  check(count != 2,
        "[kernel::dense_rotations] expected 1 or at least 3 centres: two splines of half a turn overlap "
        "themselves on the circle");
  return around(c, 0, count, kTurn / static_cast<double>(count), count == 1 ? 0.0 : kTurn / static_cast<double>(count));
}

FibreSplines atrous_rotations(const group::GroupGrid& grid, std::int64_t count) {
  const Circle c = circle(grid, "atrous_rotations");
  check_count("atrous_rotations", count, c.turns);
  return around(c, 0, count, kTurn / static_cast<double>(count), kTurn / static_cast<double>(c.turns));
}

FibreSplines localised_rotations(const group::GroupGrid& grid, std::int64_t count) {
  const Circle c = circle(grid, "localised_rotations");
  check_count("localised_rotations", count, c.turns);
  const double step = kTurn / static_cast<double>(c.turns);
  return around(c, -((count - 1) / 2), count, step, step);
}

FibreSplines localised_scales(const group::GroupGrid& grid, std::int64_t count) {
  check(grid.size >= 2, "[kernel::localised_scales] expected at least two scales; received ", grid.name);
  check_count("localised_scales", count, 2 * grid.size - 1);
  const double step = group::relative_log(grid, 0, grid, 1).log_scale;
  check(step > 0.0, "[kernel::localised_scales] expected log-uniform scales; received ", grid.name);
  return {group::scale_grid(grid.space, count, std::exp(step), -((count - 1) / 2)), 0.0, step, 2};
}

SpatialSplines spline_lattice(int space, std::int64_t count, double spacing, double width, bool disk) {
  check(spacing > 0.0 && width > 0.0, "[kernel::spline_lattice] expected positive spacing and width; received ",
        spacing, " and ", width);
  auto centres = cell_offsets(space, count);
  const auto d = static_cast<std::size_t>(space);
  SpatialSplines splines{{}, width, 2};
  for (std::size_t c = 0; c < centres.size(); c += d) {
    double squares = 0.0;
    for (std::size_t a = 0; a < d; ++a) squares += std::pow(centres[c + a] *= spacing, 2);
    if (!disk || std::sqrt(squares) <= spacing * static_cast<double>(count) / 2.0)
      splines.centres.insert(splines.centres.end(), centres.begin() + static_cast<std::ptrdiff_t>(c),
                             centres.begin() + static_cast<std::ptrdiff_t>(c + d));
  }
  return splines;
}

std::int64_t spline_cells(const group::GroupGrid& grid, const SpatialSplines& spatial) {
  const auto d = static_cast<std::size_t>(grid.space);
  const double half = spatial.width * (spatial.order + 1) / 2.0;
  double reach = 0.0;
  for (std::int64_t h = 0; h < grid.size; ++h)
    for (std::size_t a = 0; a < d; ++a) {
      const auto row = grid.matrix(h).subspan(a * d, d);
      double box = 0.0;
      for (double entry : row) box += half * std::abs(entry);
      for (std::size_t c = 0; c < spatial.centres.size(); c += d) {
        double centre = 0.0;
        for (std::size_t b = 0; b < d; ++b) centre += row[b] * spatial.centres[c + b];
        reach = std::max(reach, std::abs(centre) + box);
      }
    }
  return 2 * static_cast<std::int64_t>(std::ceil(reach - kRounding) - 1.0) + 1;
}

std::vector<double> pulled_back_cells(const group::GroupGrid& out, std::int64_t size) {
  const auto offsets = cell_offsets(out.space, size);
  const auto d = static_cast<std::size_t>(out.space);
  std::vector<double> unit(d * d), cells;
  for (std::size_t a = 0; a < d; ++a) unit[a * d + a] = 1.0;
  for (std::int64_t h = 0; h < out.size; ++h) {
    const auto inverse = group::inverse_times(out.space, out.matrix(h), unit);
    for (std::size_t p = 0; p < offsets.size(); p += d)
      for (std::size_t a = 0; a < d; ++a) {
        double x = 0.0;
        for (std::size_t b = 0; b < d; ++b) x += inverse[a * d + b] * offsets[p + b];
        cells.push_back(x);
      }
  }
  return cells;
}

std::vector<double> fibre_factor(const group::GroupGrid& in, const group::GroupGrid& out, const FibreSplines& fibre) {
  std::vector<double> factor;
  for (std::int64_t r = 0; r < out.size; ++r)
    for (std::int64_t q = 0; q < in.size; ++q) {
      const auto relative = group::inverse_times(in.space, out.matrix(r), in.matrix(q));  // h_r^-1 h_q
      for (std::int64_t b = 0; b < fibre.centres.size; ++b) {
        const auto u =
            group::log_coordinates(in.space, group::inverse_times(in.space, fibre.centres.matrix(b), relative));
        factor.push_back(spline_product(u, fibre) * in.haar[static_cast<std::size_t>(q)]);
      }
    }
  return factor;
}

GroupConvPlan spline_lifting(const group::GroupGrid& out, const SpatialSplines& spatial, std::int64_t size) {
  check(size % 2 == 1, "[kernel::spline_lifting] expected an odd number of cells; received ", size);
  GroupConvPlan plan;
  plan.in = "C1";
  plan.out = out.name;
  plan.space = out.space;
  plan.size = size;
  plan.n_in = plan.fibre_basis = 1;
  plan.n_out = out.size;
  plan.taps = cell_count(out.space, size);
  plan.spatial_basis = spatial.count(out.space);
  plan.fibre.assign(static_cast<std::size_t>(out.size), 1.0);
  plan.spatial = spatial_factor(out, spatial, size);
  return plan;
}

GroupConvPlan spline_group(const group::GroupGrid& in, const group::GroupGrid& out, const FibreSplines& fibre,
                           const SpatialSplines& spatial, std::int64_t size) {
  check(in.space == out.space && fibre.centres.space == in.space,
        "[kernel::spline_group] expected grids on one space; received ", in.name, " and ", out.name);
  GroupConvPlan plan = spline_lifting(out, spatial, size);
  plan.in = in.name;
  plan.n_in = in.size;
  plan.fibre_basis = fibre.centres.size;
  plan.fibre = fibre_factor(in, out, fibre);
  return plan;
}

}  // namespace coset::kernel
