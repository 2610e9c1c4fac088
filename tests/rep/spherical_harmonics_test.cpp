#include "coset/rep/spherical_harmonics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>

#include "coset/base/error.h"
#include "coset/rep/rotation.h"
#include "coset/rep/wigner_3j.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using golden::rows;
using laws::distance;
using laws::kAlgebra;
using laws::kControlFactor;
using laws::kGolden64;

constexpr auto kComponent = HarmonicsNormalization::component;
constexpr auto kNorm = HarmonicsNormalization::norm;
constexpr auto kIntegral = HarmonicsNormalization::integral;

// "Within tol" holds per irrep: degree by degree, against the largest value of that degree.
double worst_degree(const std::vector<double>& a, const std::vector<double>& b, int lmax, int width = 1) {
  double worst = 0.0;
  for (int l = 0; l <= lmax; ++l)
    worst = std::max(worst, distance(rows(a, width, l * l, 2 * l + 1), rows(b, width, l * l, 2 * l + 1)));
  return worst;
}

// Source: e3nn 0.5.1 spherical_harmonics, l <= 11.
TEST(SphericalHarmonics, ValuesMatchE3nn) {
  const golden::E3nn e3nn("spherical_harmonics");
  struct Case {
    const char* name;
    HarmonicsOptions options;
  };
  for (const auto& [name, options] :
       {Case{"sh_component_unit", {kComponent, true}}, Case{"sh_norm_unit", {kNorm, true}},
        Case{"sh_integral_unit", {kIntegral, true}}, Case{"sh_component_raw", {kComponent, false}},
        Case{"sh_norm_raw", {kNorm, false}}, Case{"sh_integral_raw", {kIntegral, false}}}) {
    const auto expected = e3nn[name];
    for (std::size_t i = 0; i < 24; ++i) {
      const auto v = rows(e3nn["sh_points"], 3, i);
      EXPECT_LT(worst_degree(spherical_harmonics(11, Vector3{v[0], v[1], v[2]}, options), rows(expected, 144, i), 11),
                kGolden64)
          << name;
    }
  }
  EXPECT_LT(distance(spherical_harmonics(11, Vector3{}), e3nn["sh_component_at_zero"]), kGolden64);
}

// Source: torch autograd through e3nn 0.5.1.
TEST(SphericalHarmonics, JacobiansMatchE3nn) {
  const golden::E3nn e3nn("spherical_harmonics");
  for (const bool normalize : {true, false}) {
    const auto expected = e3nn[normalize ? "sh_component_unit_jacobian" : "sh_component_raw_jacobian"];
    for (std::size_t i = 0; i < 24; ++i) {
      const auto v = rows(e3nn["sh_points"], 3, i);
      const auto ours = spherical_harmonics_derivatives(11, Vector3{v[0], v[1], v[2]}, {kComponent, normalize});
      EXPECT_LT(worst_degree(ours.jacobian, rows(expected, 3 * 144, i), 11, 3), kGolden64);
    }
  }
}

TEST(SphericalHarmonics, SecondDerivativesAreThoseOfTheJacobian) {
  const Vector3 v{0.3, -1.2, 0.7};
  const double step = 1e-5;
  for (const bool normalize : {true, false}) {
    const HarmonicsOptions options{kComponent, normalize};
    const auto at = spherical_harmonics_derivatives(6, v, options);
    EXPECT_LT(distance(at.values, spherical_harmonics(6, v, options)), kAlgebra);
    for (int j = 0; j < 3; ++j) {
      Vector3 up = v;
      Vector3 down = v;
      up[j] += step;
      down[j] -= step;
      const auto above = spherical_harmonics_derivatives(6, up, options).jacobian;
      const auto below = spherical_harmonics_derivatives(6, down, options).jacobian;
      std::vector<double> slope;
      std::vector<double> ours;
      for (std::size_t k = 0; k < above.size(); ++k) {
        slope.push_back((above[k] - below[k]) / (2 * step));
        ours.push_back(at.hessian[3 * k + j]);
      }
      EXPECT_LT(distance(ours, slope), laws::kGradient);
    }
  }
}

// Laplace's equation and Euler's theorem on homogeneous functions: v . grad Y = l Y.
TEST(SphericalHarmonics, SolidHarmonicsAreHarmonicAndHomogeneous) {
  const Vector3 v{0.4, -0.8, 0.3};
  const int lmax = 15;
  const auto y = spherical_harmonics_derivatives(lmax, v, {kComponent, false});
  std::vector<double> laplacian;
  std::vector<double> radial;
  std::vector<double> scaled;
  for (int l = 0; l <= lmax; ++l)
    for (int k = l * l; k < (l + 1) * (l + 1); ++k) {
      laplacian.push_back((y.hessian[9 * k] + y.hessian[9 * k + 4] + y.hessian[9 * k + 8]) / (1.0 + l * l));
      radial.push_back(y.jacobian[3 * k] * v[0] + y.jacobian[3 * k + 1] * v[1] + y.jacobian[3 * k + 2] * v[2]);
      scaled.push_back(l * y.values[k]);
    }
  EXPECT_LT(distance(laplacian, std::vector<double>(laplacian.size(), 0.0)), kAlgebra);
  EXPECT_LT(distance(radial, scaled), kAlgebra);
  const auto unit =
      spherical_harmonics_derivatives(2, v, {kComponent, true});  // the control: not harmonic off the sphere
  EXPECT_GT(std::abs(unit.hessian[9 * 4] + unit.hessian[9 * 4 + 4] + unit.hessian[9 * 4 + 8]),
            kControlFactor * kAlgebra);
}

TEST(SphericalHarmonics, AdditionTheoremAtAnyDegree) {
  for (const int lmax : {8, 15, 60, 200}) {
    const auto y = spherical_harmonics(lmax, Vector3{1.0, 2.0, -0.5});
    for (int l = 0; l <= lmax; ++l) {
      double sum = 0.0;
      for (int k = l * l; k < (l + 1) * (l + 1); ++k) sum += y[k] * y[k];
      EXPECT_NEAR(sum / (2 * l + 1), 1.0, kAlgebra) << l;
    }
  }
}

TEST(SphericalHarmonics, FactorIntoPolarAndAzimuthalParts) {
  const SphereAngles point{-2.3, 0.9};
  const int lmax = 12;
  const auto polar = legendre_factors(lmax, point.beta);
  const auto azimuthal = azimuthal_factors(lmax, point.alpha);
  std::vector<double> product;
  for (int l = 0; l <= lmax; ++l)
    for (int m = -l; m <= l; ++m) product.push_back(polar[l * l + l + m] * azimuthal[lmax + m]);
  EXPECT_LT(distance(product, spherical_harmonics(lmax, point_from_angles(point), {kIntegral})), kAlgebra);
}

// Textbook complex harmonics with Condon-Shortley phase, axes (X, Y, Z) = (z, x, y): Y^c = i^l Q_l Y^real.
TEST(SphericalHarmonics, RealBasisIsTheTextbookBasisThroughQ) {
  using Complex = std::complex<double>;
  const SphereAngles point{0.8, 2.1};
  for (int l = 0; l <= 6; ++l) {
    const int n = 2 * l + 1;
    const auto all = spherical_harmonics(l, point_from_angles(point), {kIntegral});
    const auto q = real_to_complex(l);
    std::vector<double> ours, textbook, without_phase;
    for (int m = -l; m <= l; ++m) {
      Complex sum = 0.0;
      for (int k = 0; k < n; ++k) sum += q[(m + l) * n + k] * all[l * l + k];
      sum *= std::pow(Complex(0, 1), l);
      const double polar = std::sph_legendre(l, std::abs(m), point.beta) * (m < 0 && m % 2 != 0 ? -1 : 1);
      const Complex expected = polar * std::polar(1.0, m * point.alpha);
      ours.insert(ours.end(), {sum.real(), sum.imag()});
      textbook.insert(textbook.end(), {expected.real(), expected.imag()});
      const double sign = m > 0 && m % 2 != 0 ? -1 : 1;
      without_phase.insert(without_phase.end(), {sign * expected.real(), sign * expected.imag()});
    }
    EXPECT_LT(distance(ours, textbook), kAlgebra) << l;
    EXPECT_TRUE(l == 0 || distance(ours, without_phase) > kControlFactor * kAlgebra);
  }
}

TEST(SphericalHarmonics, DegreeOneIsTheVectorAndZeroHasNoDirection) {
  const auto y = spherical_harmonics(1, Vector3{1, 2, 3}, {kComponent, false});
  const double r = std::sqrt(3.0);
  EXPECT_LT(distance(y, std::vector{1.0, r, 2 * r, 3 * r}), kAlgebra);
  const auto zero = spherical_harmonics_derivatives(3, Vector3{0, 0, 0});
  std::vector<double> scalar(16, 0.0);
  scalar[0] = 1.0;
  EXPECT_EQ(zero.values, scalar);
  EXPECT_EQ(zero.jacobian, std::vector<double>(48, 0.0));
  EXPECT_EQ(zero.hessian, std::vector<double>(144, 0.0));
  const auto shortest = spherical_harmonics(3, Vector3{1e-300, 0, 0});
  EXPECT_LT(distance(shortest, spherical_harmonics(3, Vector3{1, 0, 0})), kAlgebra) << "short is not zero";
  EXPECT_THROW(spherical_harmonics(-1, Vector3{1, 2, 3}), Error);
}

}  // namespace
}  // namespace coset::rep
