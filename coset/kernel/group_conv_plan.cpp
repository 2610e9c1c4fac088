#include "coset/kernel/group_conv_plan.h"

#include <cmath>
#include <map>

#include "coset/kernel/rotation_table.h"

namespace coset::kernel {
namespace {

constexpr double kVolume = 1e-9;  ///< rounding of a determinant

/// Copies by interpolation hold no 1/|h| and do not widen with the scale: they are no kernels of a group with scales.
void check_volumes(const char* function, const group::GroupGrid& grid) {
  for (std::int64_t h = 0; h < grid.size; ++h)
    check(std::abs(std::abs(grid.determinant(h)) - 1.0) <= kVolume, "[kernel::", function,
          "] expected a group that keeps volumes; received ", grid.name, ", whose element ", h,
          " has |det h| = ", std::abs(grid.determinant(h)));
}

GroupConvPlan copies(const group::GroupGrid& out, const InterpolatedOptions& options) {
  check_volumes("interpolated", out);
  GroupConvPlan plan;
  plan.out = out.name;
  plan.space = out.space;
  plan.size = options.size;
  plan.n_out = out.size;
  plan.taps = cell_count(out.space, options.size);
  plan.spatial_basis = plan.taps;
  const bool exact = out.on_lattice();
  if (!options.ring && !exact) {
    plan.spatial = rotation_table(out, options.size, options.disk);
    return plan;
  }
  const auto table = options.ring ? ring_table(out, options.size) : index_table(out, options.size);
  plan.spatial.assign(table.size() * static_cast<std::size_t>(plan.taps), 0.0);
  for (std::size_t row = 0; row < table.size(); ++row)
    plan.spatial[row * static_cast<std::size_t>(plan.taps) + static_cast<std::size_t>(table[row])] = 1.0;
  return plan;
}

}  // namespace

double GroupConvPlan::weight_deviation(std::int64_t in_fields) const {
  double energy = 0.0;
  for (std::int64_t r = 0; r < n_out; ++r) {  // the Kronecker product's energy is the product of the energies
    double f = 0.0, s = 0.0;
    for (std::int64_t k = 0; k < n_in * fibre_basis; ++k) {
      const double value = fibre[static_cast<std::size_t>(r * n_in * fibre_basis + k)];
      f += value * value;
    }
    for (std::int64_t k = 0; k < taps * spatial_basis; ++k) {
      const double value = spatial[static_cast<std::size_t>(r * taps * spatial_basis + k)];
      s += value * value;
    }
    energy += f * s / static_cast<double>(n_out);
  }
  return std::sqrt(2.0 / (static_cast<double>(in_fields) * energy));
}

std::string describe(const GroupConvPlan& plan) {
  std::string cells = std::to_string(plan.size);
  for (int a = 1; a < plan.space; ++a) cells += "x" + std::to_string(plan.size);
  return plan.in + " -> " + plan.out + ", " + cells + " cells, " + std::to_string(plan.fibre_basis) + " x " +
         std::to_string(plan.spatial_basis) + " weights per pair";
}

std::vector<double> expansion_matrix(const GroupConvPlan& plan) {
  std::vector<double> matrix;
  matrix.reserve(static_cast<std::size_t>(plan.n_out * plan.n_in * plan.taps * plan.pair_weights()));
  for (std::int64_t r = 0; r < plan.n_out; ++r)
    for (std::int64_t q = 0; q < plan.n_in; ++q)
      for (std::int64_t p = 0; p < plan.taps; ++p)
        for (std::int64_t b = 0; b < plan.fibre_basis; ++b)
          for (std::int64_t c = 0; c < plan.spatial_basis; ++c)
            matrix.push_back(plan.fibre[static_cast<std::size_t>((r * plan.n_in + q) * plan.fibre_basis + b)] *
                             plan.spatial[static_cast<std::size_t>((r * plan.taps + p) * plan.spatial_basis + c)]);
  return matrix;
}

GroupConvPlan interpolated_lifting(const group::GroupGrid& out, const InterpolatedOptions& options) {
  GroupConvPlan plan = copies(out, options);
  plan.in = "C1";
  plan.n_in = 1;
  plan.fibre_basis = 1;
  plan.fibre.assign(static_cast<std::size_t>(plan.n_out), 1.0);
  return plan;
}

GroupConvPlan interpolated_group(const group::GroupGrid& grid, const InterpolatedOptions& options) {
  check(grid.closed(), "[kernel::interpolated_group] expected a finite group; received the grid ", grid.name,
        ", whose products leave it");
  GroupConvPlan plan = copies(grid, options);
  plan.in = grid.name;
  plan.n_in = grid.size;
  plan.fibre_basis = grid.size;
  plan.fibre.assign(static_cast<std::size_t>(grid.size * grid.size * grid.size), 0.0);
  for (std::int64_t r = 0; r < grid.size; ++r)
    for (std::int64_t q = 0; q < grid.size; ++q) {
      const std::int64_t source = grid.multiply(grid.inverse[static_cast<std::size_t>(r)], q);
      plan.fibre[static_cast<std::size_t>((r * grid.size + q) * grid.size + source)] = 1.0;
    }
  return plan;
}

GroupConvPlan isotropic(const group::GroupGrid& grid, std::int64_t size) {
  check_volumes("isotropic", grid);
  const int space = grid.space;
  GroupConvPlan plan = plain_convolution(space, size);
  const auto offsets = cell_offsets(space, size);
  const auto inside = disk_mask(space, size);
  std::map<std::int64_t, std::vector<std::int64_t>> rings;  // by four times the squared distance, an exact integer
  for (std::int64_t p = 0; p < plan.taps; ++p) {
    double squares = 0.0;
    for (int a = 0; a < space; ++a) squares += 4.0 * std::pow(offsets[static_cast<std::size_t>(p * space + a)], 2);
    if (inside[static_cast<std::size_t>(p)]) rings[std::llround(squares)].push_back(p);
  }
  plan.spatial_basis = static_cast<std::int64_t>(rings.size());
  plan.spatial.assign(static_cast<std::size_t>(plan.taps * plan.spatial_basis), 0.0);
  std::int64_t ring = 0;
  for (const auto& [squares, cells] : rings) {
    for (std::int64_t p : cells) plan.spatial[static_cast<std::size_t>(p * plan.spatial_basis + ring)] = 1.0;
    ++ring;
  }
  return plan;
}

GroupConvPlan plain_convolution(int space, std::int64_t size) {
  return interpolated_lifting(group::trivial_grid(space), {.size = size, .disk = false});
}

}  // namespace coset::kernel
