#include "coset/kernel/harmonic_basis.h"

#include <algorithm>
#include <cmath>

#include "coset/kernel/rotation_table.h"
#include "coset/kernel/spline_basis.h"

namespace coset::kernel {
namespace {

constexpr double kVanishing = 1e-2;  ///< squared norm of elements that the cells do not hold

double ring_value(const Rings& rings, std::size_t i, double r) {
  const double t = (r - rings.radius[i]) / rings.sigma[i];
  return std::exp(-t * t / 2.0);
}

/// Values of every (ring, frequency, phase) at one offset; waves of non-zero frequency vanish at the centre.
std::vector<double> harmonics_at(const Rings& rings, double x0, double x1) {
  const double r = std::hypot(x0, x1), phi = std::atan2(x1, x0);
  std::vector<double> values;
  for (std::size_t i = 0; i < rings.radius.size(); ++i)
    for (std::int64_t m = 0; m <= rings.band_limit[i]; ++m) {
      const double profile = m != 0 && r < 1e-9 ? 0.0 : ring_value(rings, i, r);
      values.push_back(profile * std::cos(static_cast<double>(m) * phi));
      if (m != 0) values.push_back(profile * std::sin(static_cast<double>(m) * phi));
    }
  return values;
}

/// Scales every function to mean_r sum_p value^2 = 1, one factor for all copies so that they stay copies of one
/// function; drops those that vanish on the cells.
void normalise(GroupConvPlan& plan) {
  const auto count = static_cast<std::size_t>(plan.spatial_basis), rows = plan.spatial.size() / count;
  std::vector<double> squares(count);
  for (std::size_t k = 0; k < plan.spatial.size(); ++k)
    squares[k % count] += plan.spatial[k] * plan.spatial[k] / static_cast<double>(plan.n_out);
  std::vector<double> kept;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t b = 0; b < count; ++b)
      if (squares[b] > kVanishing) kept.push_back(plan.spatial[row * count + b] / std::sqrt(squares[b]));
  plan.spatial_basis = static_cast<std::int64_t>(kept.size() / rows);
  plan.spatial = std::move(kept);
}

}  // namespace

GroupConvPlan harmonic_lifting(const group::GroupGrid& out, std::int64_t size, const Rings& rings) {
  check(out.space == 2, "[kernel::harmonic_lifting] expected a group of the plane; received ", out.name);
  GroupConvPlan plan = plain_convolution(2, size);
  plan.out = out.name;
  plan.n_out = out.size;
  plan.fibre.assign(static_cast<std::size_t>(out.size), 1.0);
  plan.spatial.clear();
  const auto cells = pulled_back_cells(out, size);
  for (std::size_t p = 0; p < cells.size(); p += 2) {
    const auto values = harmonics_at(rings, cells[p], cells[p + 1]);
    plan.spatial_basis = static_cast<std::int64_t>(values.size());
    plan.spatial.insert(plan.spatial.end(), values.begin(), values.end());
  }
  normalise(plan);
  return plan;
}

GroupConvPlan harmonic_group(const group::GroupGrid& grid, std::int64_t size, const Rings& rings) {
  GroupConvPlan plan = harmonic_lifting(grid, size, rings);
  const GroupConvPlan permuted = interpolated_group(grid, {.size = 1});
  plan.in = grid.name;
  plan.n_in = grid.size;
  plan.fibre_basis = permuted.fibre_basis;
  plan.fibre = permuted.fibre;
  return plan;
}

GroupConvPlan SampledKernels::plan() const {
  GroupConvPlan plan;
  plan.in = plan.out = "C1";
  plan.space = 1;
  plan.size = plan.taps = dim_out * dim_in * size * size;
  plan.n_in = plan.n_out = plan.fibre_basis = 1;
  plan.spatial_basis = count;
  plan.fibre = {1.0};
  plan.spatial = values;
  return plan;
}

SampledKernels sample_steerable(const group::GroupGrid& group, const rep::GridRepresentation& in,
                                const rep::GridRepresentation& out, std::int64_t size, const Rings& rings) {
  const std::int64_t limit = *std::ranges::max_element(rings.band_limit);
  const auto angular = steerable_basis(group, in, out, limit);
  const auto cells = cell_offsets(2, size);
  const std::size_t taps = cells.size() / 2, entries = static_cast<std::size_t>(out.dim * in.dim);
  std::vector<std::vector<double>> kept;  // each (entries, taps)
  for (const auto& kernel : angular)
    for (std::size_t ring = 0; ring < rings.radius.size(); ++ring) {
      if (kernel.frequency > rings.band_limit[ring]) continue;
      std::vector<double> sampled(entries * taps);
      double squares = 0.0;
      for (std::size_t p = 0; p < taps; ++p) {
        const double r = std::hypot(cells[2 * p], cells[2 * p + 1]);
        if (kernel.frequency != 0 && r < 1e-9) continue;
        const auto value = kernel.at(std::atan2(cells[2 * p + 1], cells[2 * p]));
        for (std::size_t e = 0; e < entries; ++e) {
          sampled[e * taps + p] = ring_value(rings, ring, r) * value[e];
          squares += sampled[e * taps + p] * sampled[e * taps + p] / static_cast<double>(kernel.irrep);
        }
      }
      if (squares <= kVanishing) continue;
      for (double& x : sampled) x /= std::sqrt(squares);
      kept.push_back(std::move(sampled));
    }
  SampledKernels result{out.dim, in.dim, size, static_cast<std::int64_t>(kept.size()), {}};
  for (std::size_t row = 0; row < entries * taps; ++row)
    for (const auto& sampled : kept) result.values.push_back(sampled[row]);
  return result;
}

}  // namespace coset::kernel
