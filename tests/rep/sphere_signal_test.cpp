#include "coset/rep/sphere_signal.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/rep/rotation.h"
#include "coset/rep/wigner_d.h"
#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using laws::distance;
using laws::kAlgebra;
using laws::kControlFactor;

std::vector<double> random_normals(std::size_t n, std::uint32_t seed) {
  NumpyRandom random(seed);
  std::vector<double> x(n);
  for (double& value : x) value = random.normal();
  return x;
}

TEST(SphereSignal, PeaksTakeTheirValues) {
  const auto points = random_normals(3 * 6, 1);
  const auto values = random_normals(6, 2);
  for (const int lmax : {2, 4, 9}) {
    const auto x = with_peaks_at(lmax, points, values);
    EXPECT_LT(distance(signal_at(lmax, x, points), values), kAlgebra) << lmax;
  }
  EXPECT_THROW(with_peaks_at(1, points, values), Error);  // four coefficients cannot meet six values
  EXPECT_THROW(with_peaks_at(4, std::vector<double>{1, 0, 0, 2, 0, 0}, std::vector<double>{1, 2}), Error);
}

TEST(SphereSignal, ADiracIsAPeakOfItsHeight) {
  for (const int lmax : {0, 3, 8}) {
    const std::vector<double> point{0.3, -2.0, 1.1};
    const auto x = sum_of_diracs(lmax, point, std::vector<double>{1.7});
    EXPECT_NEAR(signal_at(lmax, x, point)[0], 1.7, kAlgebra);
  }
}

TEST(SphereSignal, RotatesWithItsPoints) {
  NumpyRandom random(3);
  const Matrix3 rotation = random_rotation(random);
  const auto points = random_normals(3 * 5, 4);
  const auto values = random_normals(5, 5);
  std::vector<double> rotated;
  for (int i = 0; i < 5; ++i) {
    const Vector3 p = rotate(rotation, Vector3{points[3 * i], points[3 * i + 1], points[3 * i + 2]});
    rotated.insert(rotated.end(), p.begin(), p.end());
  }
  auto expected = with_peaks_at(4, points, values);
  EXPECT_GT(distance(with_peaks_at(4, rotated, values), expected), kControlFactor * kAlgebra);
  transform_rows(Irreps::spherical_harmonics(4), rotation, expected);
  EXPECT_LT(distance(with_peaks_at(4, rotated, values), expected), kAlgebra);
}

TEST(SphereSignal, SamplesOnTheGridAreTheSignalItself) {
  const auto transform = make_sphere_transform({.lmax = 3, .normalization = HarmonicsNormalization::integral});
  const auto x = random_normals(16, 6);
  std::vector<double> points;
  for (const double beta : transform.grid.beta)
    for (const double alpha : transform.grid.alpha) {
      const Vector3 p = point_from_angles({alpha, beta});
      points.insert(points.end(), p.begin(), p.end());
    }
  EXPECT_LT(distance(from_samples(transform, points, to_grid(transform, x)), x), kAlgebra);
}

TEST(SphereSignal, ComplexCoefficientsDescribeTheSameFunction) {
  const int lmax = 5;
  const auto x = random_normals(36, 7);
  const auto c = to_complex(lmax, x);
  EXPECT_LT(distance(to_real(lmax, c), x), kAlgebra);
  const SphereAngles point{1.1, 0.4};
  std::complex<double> sum = 0.0;
  std::complex<double> control = 0.0;
  for (int l = 0; l <= lmax; ++l)
    for (int m = -l; m <= l; ++m) {
      const double sign = m < 0 && m % 2 != 0 ? -1 : 1;
      const auto y = sign * std::sph_legendre(l, std::abs(m), point.beta) * std::polar(1.0, m * point.alpha);
      sum += c[l * l + l + m] * y;
      control += c[l * l + l + m] * std::conj(y);
      const auto mirrored = (m % 2 != 0 ? -1.0 : 1.0) * std::conj(c[l * l + l + m]);
      EXPECT_LT(std::abs(c[l * l + l - m] - mirrored), kAlgebra);
    }
  const double value = signal_at(lmax, x, point_from_angles(point))[0];
  EXPECT_LT(std::abs(sum - value), kAlgebra * std::max(1.0, std::abs(value)));
  EXPECT_GT(std::abs(control - value), kControlFactor * kAlgebra);
}

TEST(SphereSignal, RefusesZeroPointsAndWrongSizes) {
  const std::vector<double> one{1.0};
  EXPECT_THROW(sum_of_diracs(2, std::vector<double>{0, 0, 0}, one), Error);
  EXPECT_THROW(sum_of_diracs(2, std::vector<double>{0, 1}, one), Error);
  EXPECT_THROW(signal_at(2, one, std::vector<double>{0, 1, 0}), Error);
  EXPECT_THROW(from_samples(make_sphere_transform({.lmax = 1}), std::vector<double>{}, std::vector<double>{}), Error);
}

}  // namespace
}  // namespace coset::rep
