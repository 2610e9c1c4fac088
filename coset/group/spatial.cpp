#include "coset/group/spatial.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/group/small_angle.h"

namespace coset::group {
namespace {

double squared(const Vector<3>& v) {
  return v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
}

}  // namespace

Matrix<3> hat(const Vector<3>& w) {
  return {{0.0, -w[2], w[1], w[2], 0.0, -w[0], -w[1], w[0], 0.0}};
}

std::array<double, 4> quaternion_of(const Matrix<3>& r) {
  // 4 q_i^2 for i = w, x, y, z; the row of the largest one is divided by its square root
  const double trace = r(0, 0) + r(1, 1) + r(2, 2);
  const std::array<double, 4> squares{1.0 + trace, 1.0 + 2.0 * r(0, 0) - trace, 1.0 + 2.0 * r(1, 1) - trace,
                                      1.0 + 2.0 * r(2, 2) - trace};
  const auto lead = std::max_element(squares.begin(), squares.end()) - squares.begin();
  const double wx = r(2, 1) - r(1, 2), wy = r(0, 2) - r(2, 0), wz = r(1, 0) - r(0, 1);
  const double xy = r(1, 0) + r(0, 1), xz = r(0, 2) + r(2, 0), yz = r(2, 1) + r(1, 2);
  const std::array<std::array<double, 4>, 4> rows{
      {{squares[0], wx, wy, wz}, {wx, squares[1], xy, xz}, {wy, xy, squares[2], yz}, {wz, xz, yz, squares[3]}}};
  std::array<double, 4> q = rows[static_cast<std::size_t>(lead)];
  const double scale = (q[0] < 0.0 ? -1.0 : 1.0) / norm(q);
  for (double& entry : q) entry *= scale;
  return q;
}

Matrix<3> rotation_of(std::array<double, 4> q) {
  const double scale = 1.0 / norm(q);
  for (double& entry : q) entry *= scale;
  const auto [w, x, y, z] = q;
  return {{1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y), 2.0 * (x * y + w * z),
           1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x), 2.0 * (x * z - w * y), 2.0 * (y * z + w * x),
           1.0 - 2.0 * (x * x + y * y)}};
}

Matrix<3> random_rotation(Generator& generator) {
  std::array<double, 4> q{};
  for (double& entry : q) entry = generator.normal();
  return rotation_of(q);
}

Matrix<3> SO3::exp(const Vector<3>& omega) const {
  const Matrix<3> k = hat(omega);
  const double q = squared(omega);
  return identity() + sin_over(q) * k + one_minus_cos_over(q) * (k * k);
}

Vector<3> SO3::log(const Matrix<3>& a) const {
  const auto [w, x, y, z] = quaternion_of(a);
  const double factor = 2.0 * half_angle_over(x * x + y * y + z * z, w);
  return {factor * x, factor * y, factor * z};
}

Matrix<3> SO3::phi(const Vector<3>& omega) const {
  const Matrix<3> k = hat(omega);
  const double q = squared(omega);
  return identity() + one_minus_cos_over(q) * k + minus_sin_over(q) * (k * k);
}

Matrix<3> SO3::random(NumpyRandom& random) const {
  std::array<double, 4> q{};
  for (double& entry : q) entry = random.normal();
  return rotation_of(q);
}

Vector<3> O3::log(const Matrix<3>& a) const {
  check(determinant(a) > 0.0,
        "[group::O3::log] expected a rotation; received determinant -1, which no exponential reaches");
  return SO3().log(a);
}

Matrix<3> O3::random(NumpyRandom& random) const {
  const Matrix<3> turn = SO3().random(random);
  return random.integer(1) != 0 ? -1.0 * turn : turn;
}

}  // namespace coset::group
