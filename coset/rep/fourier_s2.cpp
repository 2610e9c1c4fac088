#include "coset/rep/fourier_s2.h"

#include <algorithm>
#include <cmath>
#include <complex>

#include "coset/base/error.h"
#include "coset/math/fft.h"

namespace coset::rep {
namespace {

using Complex = std::complex<double>;

double to_factor(int l, const SphereTransformOptions& o) {
  switch (o.normalization) {
    case HarmonicsNormalization::component:
      return std::sqrt(4 * M_PI / ((2.0 * l + 1) * (o.lmax + 1)));
    case HarmonicsNormalization::norm:
      return std::sqrt(4 * M_PI / (o.lmax + 1));
    case HarmonicsNormalization::integral:
      return 1.0;
  }
  return 1.0;
}

double from_factor(int l, const SphereTransformOptions& o) {
  switch (o.normalization) {
    case HarmonicsNormalization::component:
      return std::sqrt(4 * M_PI * (2.0 * l + 1) * (o.lmax_in + 1));
    case HarmonicsNormalization::norm:
      return std::sqrt(4 * M_PI * (o.lmax_in + 1));
    case HarmonicsNormalization::integral:
      return 4 * M_PI;
  }
  return 1.0;
}

void check_size(const char* function, std::size_t received, std::size_t expected) {
  check(received == expected, "[rep::", function, "] expected ", expected, " numbers; received ", received);
}

std::size_t sample_count(const SphereTransform& t) {
  return t.grid.beta.size() * t.grid.alpha.size();
}

// row[lmax + m] <-> the samples of one circle of latitude, m = -lmax .. lmax.
void synthesize(const SphereTransform& t, const std::vector<double>& row, double* samples, std::vector<Complex>& work) {
  const int n = static_cast<int>(t.grid.alpha.size());
  const int width = 2 * t.lmax + 1;
  if (n < width) {
    for (int j = 0; j < n; ++j) {
      samples[j] = 0.0;
      for (int k = 0; k < width; ++k) samples[j] += t.azimuthal[j * width + k] * row[k];
    }
    return;
  }
  work.assign(n, 0.0);
  work[0] = row[t.lmax];
  for (int m = 1; m <= t.lmax; ++m) {  // sqrt2 (c cos m a + s sin m a) = 2 Re ((c - i s)/sqrt2 e^{i m a})
    work[m] = Complex(row[t.lmax + m], -row[t.lmax - m]) * M_SQRT1_2;
    work[n - m] = std::conj(work[m]);
  }
  math::fft_rows(work, n, math::FftSign::backward);
  for (int j = 0; j < n; ++j) samples[j] = work[j].real();
}

void analyze(const SphereTransform& t, const double* samples, std::vector<double>& row, std::vector<Complex>& work) {
  const int n = static_cast<int>(t.grid.alpha.size());
  const int width = 2 * t.lmax + 1;
  row.assign(width, 0.0);
  if (n < width) {
    for (int j = 0; j < n; ++j)
      for (int k = 0; k < width; ++k) row[k] += t.azimuthal[j * width + k] * samples[j];
    return;
  }
  work.assign(samples, samples + n);
  math::fft_rows(work, n, math::FftSign::forward);
  row[t.lmax] = work[0].real();
  for (int m = 1; m <= t.lmax; ++m) {
    row[t.lmax + m] = M_SQRT2 * work[m].real();
    row[t.lmax - m] = -M_SQRT2 * work[m].imag();
  }
}

}  // namespace

SphereTransform make_sphere_transform(const SphereTransformOptions& asked) {
  SphereTransformOptions o = asked;
  check(o.lmax >= 0, "[rep::make_sphere_transform] expected lmax >= 0; received lmax = ", o.lmax);
  if (o.res_beta == 0) o.res_beta = 2 * (o.lmax + 1);
  if (o.res_alpha == 0) o.res_alpha = std::max(2 * o.lmax + 1, o.res_beta - 1);
  if (o.lmax_in < 0) o.lmax_in = o.lmax;
  check(o.res_beta >= 2 * (o.lmax + 1),
        "[rep::make_sphere_transform] expected res_beta >= 2 (lmax + 1) = ", 2 * (o.lmax + 1),
        "; received res_beta = ", o.res_beta);
  SphereTransform t{.lmax = o.lmax,
                    .grid = math::sphere_grid(o.res_beta, o.res_alpha),
                    .to_polar = {},
                    .from_polar = {},
                    .azimuthal = {}};
  for (std::size_t i = 0; i < t.grid.beta.size(); ++i) {
    const auto polar = legendre_factors(o.lmax, t.grid.beta[i]);
    for (int l = 0; l <= o.lmax; ++l)
      for (int k = l * l; k < (l + 1) * (l + 1); ++k) {
        t.to_polar.push_back(to_factor(l, o) * polar[k]);
        t.from_polar.push_back(from_factor(l, o) * t.grid.weight[i] / (2.0 * o.res_alpha) * polar[k]);
      }
  }
  for (const double alpha : t.grid.alpha) {
    const auto row = azimuthal_factors(o.lmax, alpha);
    t.azimuthal.insert(t.azimuthal.end(), row.begin(), row.end());
  }
  return t;
}

std::vector<double> to_grid(const SphereTransform& t, std::span<const double> coefficients) {
  const int size = harmonics_size(t.lmax);
  check_size("to_grid", coefficients.size(), size);
  std::vector<double> samples(sample_count(t));
  std::vector<double> row;
  std::vector<Complex> work;
  for (std::size_t i = 0; i < t.grid.beta.size(); ++i) {
    row.assign(2 * t.lmax + 1, 0.0);
    const double* polar = &t.to_polar[i * size];
    for (int l = 0; l <= t.lmax; ++l)
      for (int m = -l; m <= l; ++m) row[t.lmax + m] += polar[l * l + l + m] * coefficients[l * l + l + m];
    synthesize(t, row, &samples[i * t.grid.alpha.size()], work);
  }
  return samples;
}

std::vector<double> from_grid(const SphereTransform& t, std::span<const double> samples) {
  const int size = harmonics_size(t.lmax);
  check_size("from_grid", samples.size(), sample_count(t));
  std::vector<double> coefficients(size, 0.0);
  std::vector<double> row;
  std::vector<Complex> work;
  for (std::size_t i = 0; i < t.grid.beta.size(); ++i) {
    analyze(t, &samples[i * t.grid.alpha.size()], row, work);
    const double* polar = &t.from_polar[i * size];
    for (int l = 0; l <= t.lmax; ++l)
      for (int m = -l; m <= l; ++m) coefficients[l * l + l + m] += polar[l * l + l + m] * row[t.lmax + m];
  }
  return coefficients;
}

std::vector<double> to_grid_direct(const SphereTransform& t, std::span<const double> coefficients) {
  const int size = harmonics_size(t.lmax);
  check_size("to_grid_direct", coefficients.size(), size);
  std::vector<double> samples;
  for (std::size_t i = 0; i < t.grid.beta.size(); ++i)
    for (std::size_t j = 0; j < t.grid.alpha.size(); ++j) {
      double sum = 0.0;
      for (int l = 0; l <= t.lmax; ++l)
        for (int m = -l; m <= l; ++m)
          sum += t.to_polar[i * size + l * l + l + m] * t.azimuthal[j * (2 * t.lmax + 1) + t.lmax + m] *
                 coefficients[l * l + l + m];
      samples.push_back(sum);
    }
  return samples;
}

std::vector<double> from_grid_direct(const SphereTransform& t, std::span<const double> samples) {
  const int size = harmonics_size(t.lmax);
  check_size("from_grid_direct", samples.size(), sample_count(t));
  std::vector<double> coefficients(size, 0.0);
  for (std::size_t i = 0; i < t.grid.beta.size(); ++i)
    for (std::size_t j = 0; j < t.grid.alpha.size(); ++j)
      for (int l = 0; l <= t.lmax; ++l)
        for (int m = -l; m <= l; ++m)
          coefficients[l * l + l + m] += t.from_polar[i * size + l * l + l + m] *
                                         t.azimuthal[j * (2 * t.lmax + 1) + t.lmax + m] *
                                         samples[i * t.grid.alpha.size() + j];
  return coefficients;
}

}  // namespace coset::rep
