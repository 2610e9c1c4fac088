#include "coset/rep/fourier_so3.h"

#include <cmath>
#include <complex>

#include "coset/base/error.h"
#include "coset/math/fft.h"
#include "coset/rep/spherical_harmonics.h"
#include "coset/rep/wigner_3j.h"
#include "coset/rep/wigner_d.h"

namespace coset::rep {
namespace {

using Complex = std::complex<double>;

void check_size(const char* function, std::size_t received, std::int64_t expected) {
  check(static_cast<std::int64_t>(received) == expected, "[rep::", function, "] expected ", expected,
        " numbers; received ", received);
}

std::int64_t sample_count(const So3Transform& t) {
  const auto m = static_cast<std::int64_t>(t.grid.alpha.size());
  return static_cast<std::int64_t>(t.grid.beta.size()) * m * m;
}

// B = A C A^dagger for A = Q_l or its inverse; Q_l mixes only +m and -m, so each entry of B has at most four terms.
template <class Entry>
std::vector<Complex> conjugate(int l, const std::vector<Complex>& q, bool inverse, const Entry& c) {
  const int n = 2 * l + 1;
  const auto a = [&](int i, int j) { return inverse ? std::conj(q[j * n + i]) : q[i * n + j]; };
  std::vector<Complex> b(static_cast<std::size_t>(n) * n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      for (const int k : {i, 2 * l - i}) {
        for (const int m : {j, 2 * l - j}) {
          b[i * n + j] += a(i, k) * c(k, m) * std::conj(a(j, m));
          if (j == l) break;
        }
        if (i == l) break;
      }
  return b;
}

// Textbook d^l(beta) = Re conj(Q D(0, beta, 0) Q^dagger).
void append_small_d(int l, double beta, std::vector<double>& table) {
  const int n = 2 * l + 1;
  const auto d = wigner_d(l, EulerAngles{0.0, beta, 0.0});
  for (const Complex& entry : conjugate(l, real_to_complex(l), false, [&](int k, int m) { return d[k * n + m]; }))
    table.push_back(entry.real());
}

// Index of frequency m among n.
std::int64_t wrap(int m, std::int64_t n) {
  return m < 0 ? m + n : m;
}

// D^l for every l <= lmax at every grid point.
template <class Visit>
void for_each_matrix(const So3Transform& t, const Visit& visit) {
  std::size_t at = 0;
  for (const double alpha : t.grid.alpha)
    for (std::size_t i = 0; i < t.grid.beta.size(); ++i)
      for (const double gamma : t.grid.alpha) {
        for (int l = 0; l <= t.lmax; ++l) visit(at, i, l, wigner_d(l, EulerAngles{alpha, t.grid.beta[i], gamma}));
        ++at;
      }
}

// out^l = op(a^l, b^l) as (2l+1)-square blocks: out_mn = sum_k a_mk b_nk.
void multiply_transposed(int n, const double* a, const double* b, double* out) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      for (int k = 0; k < n; ++k) out[i * n + j] += a[i * n + k] * b[j * n + k];
}

}  // namespace

std::int64_t so3_size(int lmax) {
  const std::int64_t b = lmax + 1;
  return b * (4 * b * b - 1) / 3;
}

So3Transform make_so3_transform(int lmax, int res_beta, int res_alpha) {
  check(lmax >= 0 && res_beta >= 2 * (lmax + 1) && res_alpha > 2 * lmax,
        "[rep::make_so3_transform] expected res_beta >= 2 (lmax + 1) and res_alpha > 2 lmax; received lmax = ", lmax,
        ", res_beta = ", res_beta, ", res_alpha = ", res_alpha);
  So3Transform t{.lmax = lmax, .grid = math::sphere_grid(res_beta, res_alpha), .small_d = {}};
  for (const double beta : t.grid.beta)
    for (int l = 0; l <= lmax; ++l) append_small_d(l, beta, t.small_d);
  return t;
}

So3Transform make_so3_transform(int lmax) {
  return make_so3_transform(lmax, 2 * (lmax + 1), 2 * (lmax + 1));
}

std::vector<double> so3_forward(const So3Transform& t, std::span<const double> samples) {
  check_size("so3_forward", samples.size(), sample_count(t));
  const auto size = static_cast<std::size_t>(so3_size(t.lmax));
  const auto m = static_cast<std::int64_t>(t.grid.alpha.size());
  const auto n_beta = static_cast<std::int64_t>(t.grid.beta.size());
  std::vector<Complex> spectrum(size);
  std::vector<Complex> plane(static_cast<std::size_t>(m * m));  // (alpha, gamma) at one beta
  for (std::size_t i = 0; i < t.grid.beta.size(); ++i) {
    for (std::int64_t a = 0; a < m; ++a)
      for (std::int64_t c = 0; c < m; ++c)
        plane[a * m + c] = samples[(a * n_beta + static_cast<std::int64_t>(i)) * m + c];
    math::fft_plane(plane, m, m, math::FftSign::backward);  // e^{+i m alpha} e^{+i n gamma}
    const double weight = t.grid.weight[i] / (2.0 * static_cast<double>(m * m));
    for (int l = 0; l <= t.lmax; ++l) {
      const auto start = static_cast<std::size_t>(so3_offset(l));
      for (int p = -l; p <= l; ++p)
        for (int q = -l; q <= l; ++q) {
          const std::size_t k = start + static_cast<std::size_t>((p + l) * (2 * l + 1) + (q + l));
          spectrum[k] += weight * t.small_d[i * size + k] * plane[wrap(p, m) * m + wrap(q, m)];
        }
    }
  }
  std::vector<double> coefficients;
  for (int l = 0; l <= t.lmax; ++l) {
    const Complex* block = spectrum.data() + so3_offset(l);
    const auto entry = [&](int i, int j) { return block[i * (2 * l + 1) + j]; };
    for (const Complex& c : conjugate(l, real_to_complex(l), true, entry)) coefficients.push_back(c.real());
  }
  return coefficients;
}

std::vector<double> so3_inverse(const So3Transform& t, std::span<const double> coefficients) {
  const auto size = static_cast<std::size_t>(so3_size(t.lmax));
  check_size("so3_inverse", coefficients.size(), so3_size(t.lmax));
  std::vector<Complex> spectrum;  // (2l+1) conj(Q f Q^dagger), f real
  for (int l = 0; l <= t.lmax; ++l) {
    const double* block = coefficients.data() + so3_offset(l);
    const auto entry = [&](int i, int j) { return block[i * (2 * l + 1) + j]; };
    for (const Complex& c : conjugate(l, real_to_complex(l), false, entry))
      spectrum.push_back((2.0 * l + 1.0) * std::conj(c));
  }
  const auto m = static_cast<std::int64_t>(t.grid.alpha.size());
  const auto n_beta = static_cast<std::int64_t>(t.grid.beta.size());
  std::vector<double> samples(static_cast<std::size_t>(sample_count(t)));
  std::vector<Complex> plane(static_cast<std::size_t>(m * m));  // (alpha, gamma) at one beta
  for (std::size_t i = 0; i < t.grid.beta.size(); ++i) {
    plane.assign(plane.size(), 0.0);
    for (int l = 0; l <= t.lmax; ++l) {
      const auto start = static_cast<std::size_t>(so3_offset(l));
      for (int p = -l; p <= l; ++p)
        for (int q = -l; q <= l; ++q) {
          const std::size_t k = start + static_cast<std::size_t>((p + l) * (2 * l + 1) + (q + l));
          plane[wrap(p, m) * m + wrap(q, m)] += t.small_d[i * size + k] * spectrum[k];
        }
    }
    math::fft_plane(plane, m, m, math::FftSign::backward);
    for (std::int64_t a = 0; a < m; ++a)
      for (std::int64_t c = 0; c < m; ++c)
        samples[(a * n_beta + static_cast<std::int64_t>(i)) * m + c] = plane[a * m + c].real();
  }
  return samples;
}

std::vector<double> so3_forward_direct(const So3Transform& t, std::span<const double> samples) {
  check_size("so3_forward_direct", samples.size(), sample_count(t));
  std::vector<double> coefficients(static_cast<std::size_t>(so3_size(t.lmax)), 0.0);
  const auto m = static_cast<double>(t.grid.alpha.size());
  for_each_matrix(t, [&](std::size_t at, std::size_t i, int l, const std::vector<double>& d) {
    for (std::size_t k = 0; k < d.size(); ++k)
      coefficients[so3_offset(l) + k] += t.grid.weight[i] / (2 * m * m) * samples[at] * d[k];
  });
  return coefficients;
}

std::vector<double> so3_inverse_direct(const So3Transform& t, std::span<const double> coefficients) {
  check_size("so3_inverse_direct", coefficients.size(), so3_size(t.lmax));
  std::vector<double> samples(static_cast<std::size_t>(sample_count(t)), 0.0);
  for_each_matrix(t, [&](std::size_t at, std::size_t, int l, const std::vector<double>& d) {
    for (std::size_t k = 0; k < d.size(); ++k) samples[at] += (2 * l + 1) * coefficients[so3_offset(l) + k] * d[k];
  });
  return samples;
}

double so3_evaluate(int lmax, std::span<const double> coefficients, EulerAngles g) {
  check_size("so3_evaluate", coefficients.size(), so3_size(lmax));
  double sum = 0.0;
  for (int l = 0; l <= lmax; ++l) {
    const auto d = wigner_d(l, g);
    for (std::size_t k = 0; k < d.size(); ++k) sum += (2 * l + 1) * coefficients[so3_offset(l) + k] * d[k];
  }
  return sum;
}

std::vector<double> so3_left_shift(int lmax, std::span<const double> coefficients, std::span<const double, 9> h) {
  check_size("so3_left_shift", coefficients.size(), so3_size(lmax));
  std::vector<double> shifted(coefficients.size(), 0.0);
  for (int l = 0; l <= lmax; ++l) {
    const int n = 2 * l + 1;
    const auto d = wigner_d(l, h);
    const std::int64_t start = so3_offset(l);
    for (int i = 0; i < n; ++i)
      for (int k = 0; k < n; ++k)
        for (int j = 0; j < n; ++j) shifted[start + i * n + j] += d[i * n + k] * coefficients[start + k * n + j];
  }
  return shifted;
}

std::vector<double> so3_right_shift(int lmax, std::span<const double> coefficients, std::span<const double, 9> h) {
  check_size("so3_right_shift", coefficients.size(), so3_size(lmax));
  std::vector<double> shifted(coefficients.size(), 0.0);
  for (int l = 0; l <= lmax; ++l)
    multiply_transposed(2 * l + 1, coefficients.data() + so3_offset(l), wigner_d(l, h).data(),
                        shifted.data() + so3_offset(l));
  return shifted;
}

std::vector<double> so3_correlate(int lmax, std::span<const double> k, std::span<const double> f) {
  check_size("so3_correlate", k.size(), so3_size(lmax));
  check_size("so3_correlate", f.size(), so3_size(lmax));
  std::vector<double> product(f.size(), 0.0);
  for (int l = 0; l <= lmax; ++l)
    multiply_transposed(2 * l + 1, f.data() + so3_offset(l), k.data() + so3_offset(l), product.data() + so3_offset(l));
  return product;
}

std::vector<double> so3_lift(int lmax, std::span<const double> k, std::span<const double> f) {
  check_size("so3_lift", k.size(), harmonics_size(lmax));
  check_size("so3_lift", f.size(), harmonics_size(lmax));
  std::vector<double> lifted;
  for (int l = 0; l <= lmax; ++l)
    for (int m = l * l; m < (l + 1) * (l + 1); ++m)
      for (int n = l * l; n < (l + 1) * (l + 1); ++n) lifted.push_back(f[m] * k[n] / (2 * l + 1));
  return lifted;
}

}  // namespace coset::rep
