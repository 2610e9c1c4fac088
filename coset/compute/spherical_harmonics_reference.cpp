#include "coset/compute/spherical_harmonics_reference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <numbers>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"

namespace coset::compute {

namespace {

constexpr std::int64_t kPointsPerBlock = 256;

double normalization_factor(int l, HarmonicsNormalization normalization) {
  switch (normalization) {
    case HarmonicsNormalization::component:
      return std::sqrt(2.0 * l + 1.0);
    case HarmonicsNormalization::norm:
      return 1.0;
    case HarmonicsNormalization::integral:
      return std::sqrt((2.0 * l + 1.0) / (4.0 * std::numbers::pi));
  }
  return 0.0;
}

int position(int l, int m) {
  return l * l + l + m;
}

/// The terms of d/dx, d/dy, d/dz of S_lm for signed m, unnormalised; `scale` turns them into normalised ones.
void add_terms(const std::vector<double>& factor, int l, int m, std::vector<HarmonicsDerivativeTerm>& terms) {
  const int a = std::abs(m);
  const int to = position(l, m);
  auto add = [&](int axis, int from_m, double value) {
    if (l == 0 || std::abs(from_m) > l - 1) return;
    const int from = position(l - 1, from_m);
    const double scaled = value * factor[static_cast<std::size_t>(to)] / factor[static_cast<std::size_t>(from)];
    terms.push_back({to, from, axis, scaled});
  };
  const double up = m == 0 ? 1.0 : 0.5;
  const double down = 0.5 * (l + a) * (l + a - 1);
  if (m == 0) {
    add(0, -1, -up);
    add(2, 1, -up);
  } else if (m > 0) {
    if (a > 1) add(0, -(a - 1), -down);
    add(0, -(a + 1), -up);
    add(2, a - 1, down);
    add(2, a + 1, -up);
  } else {
    add(0, a - 1, down);
    add(0, a + 1, up);
    if (a > 1) add(2, -(a - 1), down);
    add(2, -(a + 1), -up);
  }
  add(1, m, static_cast<double>(l + a));
}

/// Solid harmonics of one point, times F_lm. In double throughout: (2m - 1)!! leaves the range of float at m = 29.
template <class T>
void solid(const HarmonicsTable& table, double x, double y, double z, T* out) {
  const double r2 = x * x + y * y + z * z;
  double a = 1;
  double b = 0;
  double diagonal = 1;
  for (int m = 0; m <= table.lmax; ++m) {
    double below = 0;
    double q = diagonal;
    for (int l = m; l <= table.lmax; ++l) {
      const auto plus = static_cast<std::size_t>(position(l, m));
      const auto minus = static_cast<std::size_t>(position(l, -m));
      out[plus] = static_cast<T>(table.factor[plus] * q * a);
      if (m > 0) out[minus] = static_cast<T>(table.factor[minus] * q * b);
      const double next = ((2 * l + 1) * y * q - (l + m) * r2 * below) / (l + 1 - m);
      below = q;
      q = next;
    }
    const double a_next = a * z - b * x;
    b = b * z + a * x;
    a = a_next;
    diagonal *= 2 * m + 1;
  }
}

template <class T>
T dot(const std::array<T, 3>& a, const std::array<T, 3>& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// Squares of lengths within these are exact enough; vectors outside are rescaled first.
template <class T>
constexpr T kLeastSquare = T(1e-24);
template <class T>
constexpr T kMostSquare = std::numeric_limits<T>::max();

/// Of s x, where s is 1 unless the square of |x| leaves the range of T.
template <class T>
struct Direction {
  std::array<T, 3> u{};       ///< where the solid harmonics are evaluated
  T inverse = 1;              ///< du/d(s x) = (1 - u u^T) inverse, or 1 when not normalised
  HarmonicsScale<T> scale{};  ///< s
  bool zero = false;

  /// A derivative by s x becomes one by x.
  void back(T* values, std::int64_t count) const {
    if (scale.first != T(1)) scale.apply(values, count);
  }
};

template <class T>
Direction<T> direction(const HarmonicsOptions& options, const T* x) {
  Direction<T> d{{x[0], x[1], x[2]}};
  if (!options.normalize) return d;
  T r2 = dot(d.u, d.u);
  if (!(r2 >= kLeastSquare<T> && r2 <= kMostSquare<T>)) {
    d.scale = rescale(x, d.u.data());
    r2 = dot(d.u, d.u);
  }
  d.zero = r2 == T(0);
  d.inverse = d.zero ? T(0) : T(1) / std::sqrt(r2);
  for (T& u : d.u) u *= d.inverse;
  return d;
}

/// (1 - u u^T) v / |x|: the derivative of the normalisation, applied to v.
template <class T>
std::array<T, 3> through_normalization(const HarmonicsOptions& options, const Direction<T>& d, std::array<T, 3> v) {
  if (!options.normalize) return v;
  const T along = dot(d.u, v);
  for (std::size_t k = 0; k < 3; ++k) v[k] = (v[k] - d.u[k] * along) * d.inverse;
  return v;
}

/// gradient_k = sum_m g_m dS_m/du_k
template <class T>
std::array<T, 3> contract(const HarmonicsTable& table, const T* s, const T* g) {
  std::array<T, 3> out{};
  for (const auto& term : table.derivative)
    out[static_cast<std::size_t>(term.axis)] += static_cast<T>(term.factor) * s[term.from] * g[term.to];
  return out;
}

template <class T, class F>
void for_points(const HarmonicsOptions& options, std::int64_t n, F&& f) {
  const HarmonicsTable& table = harmonics_table(options.lmax, options.normalization);
  parallel_ranges(n, kPointsPerBlock, [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> scratch(3 * table.factor.size());
    for (std::int64_t p = begin; p < end; ++p) f(table, p, scratch.data());
  });
}

/// d/dx of <h, gx>: the Hessian part, and the derivative of the projection when normalised.
template <class T>
std::array<T, 3> second_in_x(const HarmonicsOptions& options, const HarmonicsTable& table, const Direction<T>& d,
                             const std::array<T, 3>& h, const std::array<T, 3>& along_h, const T* s, const T* g,
                             T* pulled) {
  const std::size_t size = table.factor.size();
  for (std::size_t m = 0; m < size; ++m) pulled[m] = 0;
  for (const auto& term : table.derivative)
    pulled[term.from] += static_cast<T>(term.factor) * along_h[static_cast<std::size_t>(term.axis)] * g[term.to];
  auto out = through_normalization(options, d, contract(table, s, pulled));
  if (!options.normalize) return out;
  const auto gradient = contract(table, s, g);
  const auto projected = through_normalization(options, d, gradient);
  const T radial_gradient = dot(d.u, gradient);
  const T radial_h = dot(d.u, h);
  const T value = dot(along_h, gradient);
  for (std::size_t k = 0; k < 3; ++k)
    out[k] -= d.inverse * (d.u[k] * value + along_h[k] * radial_gradient + projected[k] * radial_h);
  return out;
}

/// Puts a term into its axis' first free place: d/dx 0 and 1, d/dy 2, d/dz 3 and 4.
template <class T>
void add_neighbour(HarmonicsNeighbours<T>& neighbours, int axis, int at, double factor) {
  std::size_t place = axis == 0 ? 0 : axis == 1 ? 2 : 3;
  if (neighbours.factor[place] != T(0)) ++place;
  neighbours.at[place] = at;
  neighbours.factor[place] = static_cast<T>(factor);
}

template <class T>
HarmonicsCoefficients<T> make_coefficients(const HarmonicsTable& table) {
  HarmonicsCoefficients<T> out;
  auto f = [&](int l, int m) { return table.factor[static_cast<std::size_t>(position(l, m))]; };
  double diagonal = 1.0;
  for (int m = 0; m <= table.lmax; ++m) {
    out.recurrence.push_back(static_cast<T>(f(m, m) * diagonal));
    for (int l = m + 1; l <= table.lmax; ++l) {
      out.recurrence.push_back(static_cast<T>(f(l, m) / f(l - 1, m) * (2 * l - 1) / (l - m)));
      out.recurrence.push_back(l - 2 < m ? T(0) : static_cast<T>(f(l, m) / f(l - 2, m) * (l + m - 1) / (l - m)));
    }
    diagonal *= 2 * m + 1;
  }
  out.of_target.resize(table.factor.size());
  out.of_source.resize(table.factor.size());
  for (const auto& term : table.derivative) {
    add_neighbour(out.of_target[static_cast<std::size_t>(term.to)], term.axis, term.from, term.factor);
    add_neighbour(out.of_source[static_cast<std::size_t>(term.from)], term.axis, term.to, term.factor);
  }
  return out;
}

}  // namespace

HarmonicsTable make_harmonics_table(int lmax, HarmonicsNormalization normalization) {
  HarmonicsTable table;
  table.lmax = lmax;
  for (int l = 0; l <= lmax; ++l) {
    for (int m = -l; m <= l; ++m) {
      const int a = std::abs(m);
      double ratio = 1.0;
      for (int k = l - a + 1; k <= l + a; ++k) ratio /= k;
      table.factor.push_back(normalization_factor(l, normalization) * std::sqrt((m == 0 ? 1.0 : 2.0) * ratio));
    }
  }
  for (int l = 0; l <= lmax; ++l)
    for (int m = -l; m <= l; ++m) add_terms(table.factor, l, m, table.derivative);
  table.f32 = make_coefficients<float>(table);
  table.f64 = make_coefficients<double>(table);
  return table;
}

const HarmonicsTable& harmonics_table(int lmax, HarmonicsNormalization normalization) {
  check(lmax >= 0 && lmax <= kMaxTableDegree, "[compute::spherical_harmonics] expected 0 <= lmax <= ", kMaxTableDegree,
        "; received lmax = ", lmax);
  static std::array<std::array<std::unique_ptr<HarmonicsTable>, 3>, kMaxTableDegree + 1> tables;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  auto& slot = tables[static_cast<std::size_t>(lmax)][static_cast<std::size_t>(normalization)];
  if (!slot) slot = std::make_unique<HarmonicsTable>(make_harmonics_table(lmax, normalization));
  return *slot;
}

template <class T>
HarmonicsScale<T> rescale(const T* x, T* to) {
  const T largest = std::max({std::abs(x[0]), std::abs(x[1]), std::abs(x[2])});
  const bool finite = std::isfinite(x[0]) && std::isfinite(x[1]) && std::isfinite(x[2]);
  HarmonicsScale<T> scale;
  if (finite && largest > T(0)) {
    const int exponent = -std::ilogb(largest);
    scale.first = std::ldexp(T(1), exponent / 2);
    scale.second = std::ldexp(T(1), exponent - exponent / 2);
  }
  std::copy_n(x, 3, to);
  if (!finite) std::fill_n(to, 3, std::numeric_limits<T>::quiet_NaN());
  scale.apply(to, 3);
  return scale;
}
template HarmonicsScale<float> rescale(const float*, float*);
template HarmonicsScale<double> rescale(const double*, double*);

namespace reference {

template <class T>
void spherical_harmonics(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y) {
  for_points<T>(options, n, [&](const HarmonicsTable& table, std::int64_t p, T*) {
    const auto d = direction(options, x + 3 * p);
    solid(table, d.u[0], d.u[1], d.u[2], y + p * static_cast<std::int64_t>(table.factor.size()));
  });
}

template <class T>
void spherical_harmonics_gradient(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y, T* dy) {
  for_points<T>(options, n, [&](const HarmonicsTable& table, std::int64_t p, T*) {
    const auto size = static_cast<std::int64_t>(table.factor.size());
    const auto d = direction(options, x + 3 * p);
    T* s = y + p * size;
    T* gradient = dy + 3 * p * size;
    solid(table, d.u[0], d.u[1], d.u[2], s);
    for (std::int64_t m = 0; m < 3 * size; ++m) gradient[m] = 0;
    if (d.zero) return;
    for (const auto& term : table.derivative)
      gradient[term.axis * size + term.to] += static_cast<T>(term.factor) * s[term.from];
    for (std::int64_t m = 0; m < size; ++m) {
      const auto column = through_normalization(options, d, {gradient[m], gradient[size + m], gradient[2 * size + m]});
      for (std::int64_t k = 0; k < 3; ++k) gradient[k * size + m] = column[static_cast<std::size_t>(k)];
    }
    d.back(gradient, 3 * size);
  });
}

template <class T>
void spherical_harmonics_vjp(const HarmonicsOptions& options, std::int64_t n, const T* x, const T* g, T* gx) {
  for_points<T>(options, n, [&](const HarmonicsTable& table, std::int64_t p, T* s) {
    const auto d = direction(options, x + 3 * p);
    std::array<T, 3> out{};
    if (!d.zero) {
      solid(table, d.u[0], d.u[1], d.u[2], s);
      const T* upstream = g + p * static_cast<std::int64_t>(table.factor.size());
      out = through_normalization(options, d, contract(table, s, upstream));
      d.back(out.data(), 3);
    }
    for (std::size_t k = 0; k < 3; ++k) gx[3 * p + static_cast<std::int64_t>(k)] = out[k];
  });
}

template <class T>
void spherical_harmonics_vjp_vjp(const HarmonicsOptions& options, std::int64_t n, const HarmonicsSecond<T>& at, T* dg,
                                 T* dx) {
  for_points<T>(options, n, [&](const HarmonicsTable& table, std::int64_t p, T* s) {
    const auto size = static_cast<std::int64_t>(table.factor.size());
    const auto d = direction(options, at.x + 3 * p);
    solid(table, d.u[0], d.u[1], d.u[2], s);
    std::array<T, 3> upstream{at.h[3 * p], at.h[3 * p + 1], at.h[3 * p + 2]};
    if (d.zero) upstream = {};
    const auto along_h = through_normalization(options, d, upstream);
    if (dg) {
      for (std::int64_t m = 0; m < size; ++m) dg[p * size + m] = 0;
      for (const auto& term : table.derivative)
        dg[p * size + term.to] +=
            static_cast<T>(term.factor) * along_h[static_cast<std::size_t>(term.axis)] * s[term.from];
      d.back(dg + p * size, size);
    }
    if (dx) {
      std::array<T, 3> out{};
      if (!d.zero) out = second_in_x(options, table, d, upstream, along_h, s, at.g + p * size, s + size);
      d.back(out.data(), 3);
      d.back(out.data(), 3);
      for (std::size_t k = 0; k < 3; ++k) dx[3 * p + static_cast<std::int64_t>(k)] = out[k];
    }
  });
}

COSET_INSTANTIATE_HARMONICS(float)
COSET_INSTANTIATE_HARMONICS(double)

}  // namespace reference
}  // namespace coset::compute
