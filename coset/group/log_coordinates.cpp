#include "coset/group/log_coordinates.h"

#include <cmath>

#include "coset/group/spatial.h"

namespace coset::group {
namespace {

template <int D>
Matrix<D> to_matrix(std::span<const double> entries) {
  Matrix<D> matrix;
  std::copy(entries.begin(), entries.end(), matrix.entries.begin());
  return matrix;
}

template <int D>
std::vector<double> inverse_times(std::span<const double> a, std::span<const double> b) {
  const auto product = inverse(to_matrix<D>(a)) * to_matrix<D>(b);
  return {product.entries.begin(), product.entries.end()};
}

template <int D>
std::vector<double> times(std::span<const double> a, std::span<const double> b) {
  const auto product = to_matrix<D>(a) * to_matrix<D>(b);
  return {product.entries.begin(), product.entries.end()};
}

}  // namespace

LogCoordinates log_coordinates(int space, std::span<const double> m) {
  LogCoordinates result;
  if (space == 1) {
    result.component = m[0] < 0.0;
    result.log_scale = std::log(std::abs(m[0]));
  } else if (space == 2) {
    const double det = determinant(to_matrix<2>(m));
    result.component = det < 0.0;
    result.log_scale = 0.5 * std::log(std::abs(det));
    result.rotation = {std::atan2(det < 0.0 ? -m[2] : m[2], m[0])};  // F^m R: the second row changes sign
  } else {
    const auto matrix = to_matrix<3>(m);
    const double det = determinant(matrix);
    result.component = det < 0.0;
    result.log_scale = std::log(std::abs(det)) / 3.0;
    const auto omega = SO3().log((det < 0.0 ? -1.0 : 1.0) * std::exp(-result.log_scale) * matrix);
    result.rotation.assign(omega.begin(), omega.end());
  }
  return result;
}

LogCoordinates relative_log(const GroupGrid& grid_a, std::int64_t a, const GroupGrid& grid_b, std::int64_t b) {
  check(grid_a.space == grid_b.space, "[group::relative_log] expected grids on one space; received ", grid_a.name,
        " and ", grid_b.name);
  return log_coordinates(grid_a.space, inverse_times(grid_a.space, grid_a.matrix(a), grid_b.matrix(b)));
}

std::vector<double> inverse_times(int space, std::span<const double> a, std::span<const double> b) {
  if (space == 1) return inverse_times<1>(a, b);
  return space == 2 ? inverse_times<2>(a, b) : inverse_times<3>(a, b);
}

std::vector<double> times(int space, std::span<const double> a, std::span<const double> b) {
  if (space == 1) return times<1>(a, b);
  return space == 2 ? times<2>(a, b) : times<3>(a, b);
}

}  // namespace coset::group
