#include "coset/rep/sphere_signal.h"

#include <Eigen/Dense>
#include <cmath>

#include "coset/base/error.h"
#include "coset/rep/rotation.h"
#include "coset/rep/wigner_3j.h"

namespace coset::rep {
namespace {

using Complex = std::complex<double>;
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kReachable = 1e-8;

// Y of every point, (n, (lmax+1)^2).
RowMatrix harmonics_of(const char* function, int lmax, std::span<const double> points) {
  check(points.size() % 3 == 0, "[rep::", function, "] expected points (n, 3); received ", points.size(), " numbers");
  const auto n = static_cast<Eigen::Index>(points.size() / 3);
  RowMatrix y(n, harmonics_size(lmax));
  for (Eigen::Index i = 0; i < n; ++i) {
    const Vector3 p{points[3 * i], points[3 * i + 1], points[3 * i + 2]};
    const double length = std::hypot(p[0], p[1], p[2]);
    check(length > 0.0 && std::isfinite(length), "[rep::", function,
          "] expected finite points other than 0; received (", p[0], ", ", p[1], ", ", p[2], ") at row ", i);
    const auto row = spherical_harmonics(lmax, p, {HarmonicsNormalization::integral});
    y.row(i) = Eigen::Map<const Eigen::RowVectorXd>(row.data(), y.cols());
  }
  return y;
}

Eigen::Map<const Eigen::VectorXd> vector_of(const char* function, std::span<const double> values,
                                            Eigen::Index expected) {
  check(static_cast<Eigen::Index>(values.size()) == expected, "[rep::", function, "] expected ", expected,
        " values; received ", values.size());
  return {values.data(), expected};
}

std::vector<double> list_of(const Eigen::VectorXd& v) {
  return {v.data(), v.data() + v.size()};
}

// i^l Q_l: complex Condon-Shortley harmonics of degree l from real ones.
std::vector<Complex> textbook_basis(int l) {
  auto q = real_to_complex(l);
  const Complex phase[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
  for (Complex& entry : q) entry *= phase[l % 4];
  return q;
}

}  // namespace

std::vector<double> signal_at(int lmax, std::span<const double> coefficients, std::span<const double> points) {
  const auto y = harmonics_of("signal_at", lmax, points);
  return list_of(y * vector_of("signal_at", coefficients, y.cols()));
}

std::vector<double> sum_of_diracs(int lmax, std::span<const double> points, std::span<const double> values) {
  const auto y = harmonics_of("sum_of_diracs", lmax, points);
  return list_of(4 * M_PI / harmonics_size(lmax) * (y.transpose() * vector_of("sum_of_diracs", values, y.rows())));
}

std::vector<double> with_peaks_at(int lmax, std::span<const double> points, std::span<const double> values) {
  const auto y = harmonics_of("with_peaks_at", lmax, points);
  const auto wanted = vector_of("with_peaks_at", values, y.rows());
  if (y.rows() == 0) return std::vector<double>(static_cast<std::size_t>(y.cols()), 0.0);
  const Eigen::VectorXd x = y.completeOrthogonalDecomposition().solve(wanted);
  const double miss = (y * x - wanted).cwiseAbs().maxCoeff();
  check(miss <= kReachable * wanted.cwiseAbs().maxCoeff(),
        "[rep::with_peaks_at] expected values that a signal of lmax = ", lmax, " can take at these ", y.rows(),
        " points; the nearest signal misses one by ", miss);
  return list_of(x);
}

std::vector<double> from_samples(const SphereTransform& transform, std::span<const double> points,
                                 std::span<const double> values) {
  const auto directions = harmonics_of("from_samples", 1, points);  // Y^1 is the direction, times a constant
  const auto heights = vector_of("from_samples", values, directions.rows());
  check(directions.rows() > 0, "[rep::from_samples] expected at least one sample; received none");
  std::vector<double> grid;
  for (const double beta : transform.grid.beta)
    for (const double alpha : transform.grid.alpha) {
      const Vector3 p = point_from_angles({alpha, beta});
      Eigen::Index nearest = 0;
      (directions.rightCols(3) * Eigen::Map<const Eigen::Vector3d>(p.data())).maxCoeff(&nearest);
      grid.push_back(heights[nearest]);
    }
  return from_grid(transform, grid);
}

std::vector<Complex> to_complex(int lmax, std::span<const double> coefficients) {
  vector_of("to_complex", coefficients, harmonics_size(lmax));
  std::vector<Complex> c;
  for (int l = 0; l <= lmax; ++l) {
    const auto q = textbook_basis(l);
    for (int m = 0; m <= 2 * l; ++m) {
      Complex sum = 0.0;
      for (int k = 0; k <= 2 * l; ++k) sum += std::conj(q[m * (2 * l + 1) + k]) * coefficients[l * l + k];
      c.push_back(sum);
    }
  }
  return c;
}

std::vector<double> to_real(int lmax, std::span<const Complex> coefficients) {
  check(static_cast<int>(coefficients.size()) == harmonics_size(lmax), "[rep::to_real] expected ", harmonics_size(lmax),
        " values; received ", coefficients.size());
  std::vector<double> x;
  for (int l = 0; l <= lmax; ++l) {
    const auto q = textbook_basis(l);
    for (int k = 0; k <= 2 * l; ++k) {
      Complex sum = 0.0;
      for (int m = 0; m <= 2 * l; ++m) sum += q[m * (2 * l + 1) + k] * coefficients[l * l + m];
      x.push_back(sum.real());
    }
  }
  return x;
}

}  // namespace coset::rep
