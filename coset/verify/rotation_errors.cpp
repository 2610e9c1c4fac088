#include "coset/verify/rotation_errors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/base/worse.h"
#include "coset/kernel/rotation_table.h"

namespace coset::verify {
namespace {

constexpr int kPoints = 4;  // on either side of the centre

using Point = std::array<double, 2>;

Point rotated(const Point& p, double angle) {
  const double c = std::cos(angle), s = std::sin(angle);
  return {c * p[0] - s * p[1], s * p[0] + c * p[1]};
}

std::vector<Point> points_in_disk(double reach) {
  std::vector<Point> points;
  for (int i = -kPoints; i <= kPoints; ++i)
    for (int j = -kPoints; j <= kPoints; ++j)
      if (i * i + j * j <= kPoints * kPoints) points.push_back({reach * i / kPoints, reach * j / kPoints});
  return points;
}

/// (fields, N, taps)
std::vector<double> filter_bank(const kernel::GroupConvPlan& plan, std::span<const double> weights) {
  const auto matrix = kernel::expansion_matrix(plan);  // (N, taps, pair weights)
  const auto per_pair = static_cast<std::size_t>(plan.pair_weights());
  std::vector<double> bank;
  for (std::size_t field = 0; field < weights.size(); field += per_pair)
    for (std::size_t row = 0; row < matrix.size(); row += per_pair) {
      double sum = 0.0;
      for (std::size_t k = 0; k < per_pair; ++k) sum += matrix[row + k] * weights[field + k];
      bank.push_back(sum);
    }
  return bank;
}

/// The image at every kernel cell p around every point y, the image turned by `angle`: (points, taps).
std::vector<double> neighbourhoods(const PlaneImage& image, const std::vector<Point>& points,
                                   const std::vector<double>& cells, double angle) {
  std::vector<double> values;
  for (const Point& y : points)
    for (std::size_t p = 0; p < cells.size(); p += 2) {
      const Point x = rotated({y[0] + cells[p], y[1] + cells[p + 1]}, -angle);
      values.push_back(image(x[0], x[1]));
    }
  return values;
}

}  // namespace

PlaneImage blobs(double pixels) {
  return [pixels](double row, double column) {
    struct Blob {
      double height, row, column, rows, columns;
    };
    static constexpr std::array<Blob, 5> kBlobs{{{1.0, 1.5, 0.5, 1.0, 1.5},
                                                 {-0.7, -1.0, -2.0, 1.25, 1.0},
                                                 {0.5, 0.0, 2.0, 1.5, 1.1},
                                                 {-0.4, 0.3, -0.2, 1.0, 1.0},
                                                 {0.6, -1.8, 0.9, 1.0, 1.2}}};
    double sum = 0.0;
    for (const Blob& b : kBlobs) {
      const double u = (row / pixels - b.row) / b.rows, v = (column / pixels - b.column) / b.columns;
      sum += b.height * std::exp(-(u * u + v * v) / 2.0);
    }
    return sum;
  };
}

std::vector<RotationError> rotation_errors(const kernel::GroupConvPlan& lifting, std::span<const double> weights,
                                           const PlaneImage& image, double reach, std::int64_t wrong) {
  const std::int64_t n = lifting.n_out;
  check(lifting.space == 2 && lifting.n_in == 1 && n % 4 == 0 && !weights.empty() &&
            weights.size() % static_cast<std::size_t>(lifting.pair_weights()) == 0,
        "[verify::rotation_errors] expected a lifting plan to a multiple of four turns and weights for whole fields; "
        "received ",
        kernel::describe(lifting), " and ", weights.size(), " weights");
  const auto bank = filter_bank(lifting, weights);
  const auto taps = static_cast<std::size_t>(lifting.taps);
  const std::size_t copies = static_cast<std::size_t>(n), fields = bank.size() / (copies * taps);
  const auto cells = kernel::cell_offsets(2, lifting.size);
  const auto points = points_in_disk(reach);
  std::vector<RotationError> errors;
  for (std::int64_t step = 1; step <= n / 4; ++step) {
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(step) / static_cast<double>(n);
    std::vector<Point> back;
    for (const Point& y : points) back.push_back(rotated(y, -angle));
    const auto of_rotated = neighbourhoods(image, points, cells, angle),
               of_still = neighbourhoods(image, back, cells, 0.0);
    double difference = 0.0, whole = 0.0;
    for (std::size_t row = 0; row < fields * copies; ++row) {
      const std::size_t field = row / copies;
      const auto r = static_cast<std::int64_t>(row % copies);
      const double* now = &bank[row * taps];
      const auto before = static_cast<std::size_t>((r + 2 * n - step - wrong) % n);
      const double* then = &bank[(field * copies + before) * taps];
      for (std::size_t y = 0; y < points.size(); ++y) {
        double found = 0.0, expected = 0.0;
        for (std::size_t p = 0; p < taps; ++p) {
          found += now[p] * of_rotated[y * taps + p];
          expected += then[p] * of_still[y * taps + p];
        }
        difference += (found - expected) * (found - expected);
        whole += expected * expected;
      }
    }
    errors.push_back({360.0 * static_cast<double>(step) / static_cast<double>(n), std::sqrt(difference / whole)});
  }
  return errors;
}

double worst_rotation_error(const std::vector<RotationError>& errors) {
  double worst = 0.0;
  for (const RotationError& e : errors) worst = worse(worst, e.error);
  return worst;
}

}  // namespace coset::verify
