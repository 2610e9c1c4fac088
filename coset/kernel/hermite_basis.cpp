#include "coset/kernel/hermite_basis.h"

#include <cmath>

#include "coset/kernel/rotation_table.h"

namespace coset::kernel {
namespace {

/// Scale factor of each element. @throws unless every matrix is a positive multiple of 1
std::vector<double> scales_of(const group::GroupGrid& grid, const char* function) {
  std::vector<double> scales;
  for (std::int64_t h = 0; h < grid.size; ++h) {
    const auto m = grid.matrix(h);
    for (int a = 0; a < grid.space; ++a)
      for (int b = 0; b < grid.space; ++b)
        check(m[static_cast<std::size_t>(a * grid.space + b)] == (a == b ? m[0] : 0.0) && m[0] > 0.0,
              "[kernel::", function, "] expected a grid of scales (r+:N:base); received ", grid.name);
    scales.push_back(m[0]);
  }
  return scales;
}

/// psi_n at one cell, over the multi-index of n in base `order`.
double hermite_gauss(std::int64_t n, std::int64_t order, const double* x, int space, double sigma) {
  double value = 1.0;
  for (int a = space - 1; a >= 0; --a, n /= order) {
    const double t = x[a] / sigma;
    value *= hermite(n % order, t) * std::exp(-t * t / 2.0) / sigma;
  }
  return value;
}

}  // namespace

double hermite(std::int64_t n, double x) {
  double before = 0.0, value = 1.0;
  for (std::int64_t k = 0; k < n; ++k) {
    const double next = x * value - static_cast<double>(k) * before;
    before = value;
    value = next;
  }
  return value;
}

GroupConvPlan hermite_lifting(const group::GroupGrid& out, const HermiteOptions& o) {
  const auto scales = scales_of(out, "hermite_lifting");
  check(o.size % 2 == 1 && o.order >= 1 && o.width > 0.0,
        "[kernel::hermite_lifting] expected an odd size, order >= 1 and width > 0; received ", o.size, ", ", o.order,
        ", ", o.width);
  GroupConvPlan plan = plain_convolution(out.space, o.size);
  plan.out = out.name;
  plan.n_out = out.size;
  plan.spatial_basis = cell_count(out.space, o.order);
  plan.fibre.assign(static_cast<std::size_t>(out.size), 1.0);
  plan.spatial.assign(static_cast<std::size_t>(out.size * plan.taps * plan.spatial_basis), 0.0);
  const auto cells = cell_offsets(out.space, o.size);
  const auto at = [&](std::size_t s, std::int64_t p, std::int64_t n) -> double& {
    return plan.spatial[(s * static_cast<std::size_t>(plan.taps) + static_cast<std::size_t>(p)) *
                            static_cast<std::size_t>(plan.spatial_basis) +
                        static_cast<std::size_t>(n)];
  };
  for (std::int64_t n = 0; n < plan.spatial_basis; ++n) {
    for (std::size_t s = 0; s < scales.size(); ++s) {
      const double reach =
          std::floor(static_cast<double>(o.size) * scales[s] / scales.back() / 2.0);  // cells of this scale
      for (std::int64_t p = 0; p < plan.taps; ++p) {
        const double* x = &cells[static_cast<std::size_t>(p * out.space)];
        bool inside = true;
        for (int a = 0; a < out.space; ++a) inside = inside && std::abs(x[a]) <= reach;
        if (inside) at(s, p, n) = hermite_gauss(n, o.order, x, out.space, o.width * scales[s]);
      }
    }
    double squares = 0.0;
    for (std::int64_t p = 0; p < plan.taps; ++p) squares += at(0, p, n) * at(0, p, n);
    check(squares > 0.0, "[kernel::hermite_lifting] expected at least ", 2 * o.order - 1,
          " cells at the smallest scale; received ", out.name, " with ", o.size, " cells at the largest");
    for (std::size_t s = 0; s < scales.size(); ++s)
      for (std::int64_t p = 0; p < plan.taps; ++p) at(s, p, n) /= std::sqrt(squares);
  }
  return plan;
}

GroupConvPlan hermite_group(const group::GroupGrid& grid, const HermiteOptions& options, std::int64_t interscale) {
  check(interscale >= 1 && interscale <= grid.size, "[kernel::hermite_group] expected 1 to ", grid.size,
        " neighbouring scales; received ", interscale);
  GroupConvPlan plan = hermite_lifting(grid, options);
  plan.in = grid.name;
  plan.n_in = grid.size;
  plan.fibre_basis = interscale;
  plan.fibre.assign(static_cast<std::size_t>(grid.size * grid.size * interscale), 0.0);
  for (std::int64_t r = 0; r < grid.size; ++r)
    for (std::int64_t t = 0; t < interscale && r + t < grid.size; ++t)
      plan.fibre[static_cast<std::size_t>((r * grid.size + r + t) * interscale + t)] = 1.0;
  return plan;
}

}  // namespace coset::kernel
