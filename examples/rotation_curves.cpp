// Error against angle of lifting layers, as kernels get larger, images finer and splines smoother: the tables of
// docs/results/equivariance_curves.md.
#include <cmath>
#include <cstdio>

#include "coset/base/random.h"
#include "coset/kernel/harmonic_basis.h"
#include "coset/kernel/spline_basis.h"
#include "coset/verify/rotation_errors.h"

namespace {

using namespace coset;

constexpr int kFields = 16;
const group::GroupGrid kTurns = group::parse_group("so2:24");

std::vector<double> normal(std::int64_t count) {
  NumpyRandom random(1);
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < count; ++i) numbers.push_back(random.normal());
  return numbers;
}

std::vector<double> row(const char* name, double parameter, const kernel::GroupConvPlan& plan, double pixels) {
  const auto weights = normal(kFields * plan.pair_weights());
  std::printf("| %s %g |", name, parameter);
  std::vector<double> found;
  for (const auto& e : verify::rotation_errors(plan, weights, verify::blobs(pixels), 3.0 * pixels)) {
    std::printf(" %.1e |", e.error);
    found.push_back(e.error);
  }
  std::printf("\n");
  return found;
}

void heading(const char* what) {
  std::printf("\n| %s |", what);
  for (int degrees = 15; degrees <= 90; degrees += 15) std::printf(" %d° |", degrees);
  std::printf("\n|---|---|---|---|---|---|---|\n");
}

kernel::GroupConvPlan splines(double width, int order) {
  kernel::SpatialSplines s = kernel::spline_lattice(2, 3, width, width, true);
  s.order = order;
  return kernel::spline_lifting(kTurns, s, kernel::spline_cells(kTurns, s));
}

}  // namespace

int main() {
  bool falls = true;
  std::vector<double> before;
  const auto next = [&](const std::vector<double>& now) {
    for (std::size_t i = 0; i + 1 < now.size(); ++i) falls = falls && (before.empty() || now[i] < before[i]);
    falls = falls && now.back() < 1e-12;  // a quarter turn moves cells onto cells
    before = now;
  };
  const auto sized = [&](double width) {
    const auto plan = splines(width, 2);
    return row("cells", static_cast<double>(plan.size), plan, 2.0);
  };
  heading("kernel size: 3x3 quadratic splines 1, 2, 3 pixels wide; blobs of 2 pixels");
  for (double width : {1.0, 2.0, 3.0}) next(sized(width));
  heading("the same 1.5 and 2.5 pixels wide");
  for (double width : {1.5, 2.5}) sized(width);
  before.clear();
  heading("resolution: circular harmonics in 5x5 cells; pixels per blob");
  const auto harmonics = kernel::harmonic_lifting(kTurns, 5, kernel::Rings::standard(5));
  for (double pixels : {1.0, 1.5, 2.0, 3.0, 4.0, 6.0}) next(row("pixels", pixels, harmonics, pixels));
  before.clear();
  heading("basis order: 3x3 splines of width 2; blobs of 2 pixels");
  for (int order : {0, 1, 2, 3}) next(row("order", order, splines(2.0, order), 2.0));
  heading("for comparison: bilinear turns of white 7x7 kernels; pixels per blob");
  const auto bilinear = kernel::interpolated_lifting(kTurns, {.size = 7});
  for (double pixels : {1.0, 2.0, 4.0}) row("pixels", pixels, bilinear, pixels);
  return falls ? 0 : 1;
}
