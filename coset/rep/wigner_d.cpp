#include "coset/rep/wigner_d.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <deque>
#include <mutex>

#include "coset/base/error.h"
#include "coset/rep/wigner_3j.h"

namespace coset::rep {
namespace {

// D^l = (2l+1) sum C^{1,l-1,l}_{a b m} C^{1,l-1,l}_{a' b' n} D^1_{a a'} D^{l-1}_{b b'}: the l-part of D^1 (x) D^{l-1}.
// A projection, so rounding errors add up and are never amplified.
std::vector<double> raise_degree(int l, const std::vector<double>& first, const std::vector<double>& below) {
  const int n = 2 * l + 1;
  std::vector<double> d(static_cast<std::size_t>(n) * n, 0.0);
  const auto entries = coupling_entries(1, l - 1, l);
  for (const auto& row : entries)
    for (const auto& column : entries)
      d[row.k * n + column.k] +=
          n * row.value * column.value * first[row.i * 3 + column.i] * below[row.j * (n - 2) + column.j];
  return d;
}

// Z(t) M: rows i and 2l-i mix with frequency l - i.
void rotate_rows(int l, double t, std::vector<double>& m) {
  const int n = 2 * l + 1;
  for (int i = 0; i < l; ++i) {
    const double c = std::cos((l - i) * t);
    const double s = std::sin((l - i) * t);
    for (int j = 0; j < n; ++j) {
      double& up = m[i * n + j];
      double& down = m[(2 * l - i) * n + j];
      const double image = c * up + s * down;
      down = c * down - s * up;
      up = image;
    }
  }
}

std::vector<double> multiply(int n, const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> c(a.size(), 0.0);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k)
      for (int j = 0; j < n; ++j) c[i * n + j] += a[i * n + k] * b[k * n + j];
  return c;
}

// The rotation part of an element of O(3) and whether an inversion was taken out.
std::pair<Matrix3, bool> split_inversion(std::span<const double, 9> element) {
  Matrix3 rotation;
  const bool inverted = determinant(element) < 0.0;
  for (int i = 0; i < 9; ++i) rotation[i] = inverted ? -element[i] : element[i];
  return {rotation, inverted};
}

}  // namespace

const std::vector<double>& wigner_j(int l) {
  check(l >= 0 && l <= kMaxDegree, "[rep::wigner_j] expected 0 <= l <= ", kMaxDegree, "; received l = ", l);
  static std::mutex mutex;
  static std::deque<std::vector<double>> table{{1.0},
                                               {0, 1, 0, 1, 0, 0, 0, 0, -1}};  // a deque never moves its elements
  const std::lock_guard lock(mutex);
  while (static_cast<int>(table.size()) <= l)
    table.push_back(raise_degree(static_cast<int>(table.size()), table[1], table.back()));
  return table[l];
}

std::vector<double> wigner_d(int l, EulerAngles angles) {
  check(l >= 0, "[rep::wigner_d] expected l >= 0; received l = ", l);
  const auto& j = wigner_j(l);
  std::vector<double> d(j.size(), 0.0);
  const int n = 2 * l + 1;
  for (int i = 0; i < n; ++i) d[i * n + i] = 1.0;
  rotate_rows(l, angles.gamma, d);
  d = multiply(n, j, d);
  rotate_rows(l, angles.beta, d);
  d = multiply(n, j, d);
  rotate_rows(l, angles.alpha, d);
  return d;
}

std::vector<double> wigner_d(int l, std::span<const double, 9> rotation) {
  check_rotation("wigner_d", rotation);
  return wigner_d(l, angles_from_matrix(rotation));
}

std::vector<double> wigner_d(Irrep irrep, std::span<const double, 9> element) {
  const auto [rotation, inverted] = split_inversion(element);
  std::vector<double> d = wigner_d(irrep.l, rotation);
  if (inverted && irrep.p < 0)
    for (double& x : d) x = -x;
  return d;
}

std::vector<double> wigner_d(const Irreps& irreps, std::span<const double, 9> element) {
  const std::int64_t dim = irreps.dim();
  std::vector<double> matrix(static_cast<std::size_t>(dim * dim), 0.0);
  std::int64_t start = 0;
  for (const auto& block : irreps) {
    const auto d = wigner_d(block.irrep, element);
    const std::int64_t n = block.irrep.dim();
    for (std::int64_t copy = 0; copy < block.mul; ++copy, start += n)
      for (std::int64_t i = 0; i < n; ++i)
        std::copy_n(d.begin() + i * n, n, matrix.begin() + (start + i) * dim + start);
  }
  return matrix;
}

void transform_rows(const Irreps& irreps, std::span<const double, 9> element, std::span<double> rows) {
  const std::int64_t dim = irreps.dim();
  const auto length = static_cast<std::int64_t>(rows.size());
  check(dim == 0 ? length == 0 : length % dim == 0, "[rep::transform_rows] expected rows of ", dim, " numbers (",
        irreps, "); received ", length, " numbers");
  std::int64_t start = 0;
  for (const auto& block : irreps) {
    const auto d = wigner_d(block.irrep, element);
    const std::int64_t n = block.irrep.dim();
    std::vector<double> image(static_cast<std::size_t>(n));
    for (std::int64_t row = start; row < length; row += dim)
      for (std::int64_t copy = 0; copy < block.mul; ++copy) {
        double* x = rows.data() + row + copy * n;
        for (std::int64_t i = 0; i < n; ++i) {
          image[i] = 0.0;
          for (std::int64_t k = 0; k < n; ++k) image[i] += d[i * n + k] * x[k];
        }
        std::copy(image.begin(), image.end(), x);
      }
    start += block.dim();
  }
}

std::array<std::vector<double>, 3> so3_generators(int l) {
  check(l >= 0, "[rep::so3_generators] expected l >= 0; received l = ", l);
  // X_y is the derivative of Z at 0; X_x = J X_y J because J exchanges e_x and e_y; X_z is their commutator.
  const int n = 2 * l + 1;
  std::vector<double> y(static_cast<std::size_t>(n) * n, 0.0);
  for (int i = 0; i < n; ++i) y[i * n + (2 * l - i)] = l - i;
  const auto& j = wigner_j(l);
  const auto x = multiply(n, multiply(n, j, y), j);
  auto z = multiply(n, x, y);
  const auto yx = multiply(n, y, x);
  std::transform(z.begin(), z.end(), yx.begin(), z.begin(), std::minus<>());
  return {x, y, z};
}

}  // namespace coset::rep
