#include "coset/deploy/edge_geometry.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"
#include "coset/compute/spherical_harmonics.h"
#include "coset/kernel/radial.h"

namespace coset::deploy {

namespace {

constexpr std::int64_t kGrain = 256;
/// Of radial functions, as options allow.
constexpr std::size_t kMostBasis = 1024;
constexpr double kShortest = 1e-6;

/// f and df/dd of the envelope.
struct Slope {
  double value, first;
};

/// (c - d)^2 (c + 2 d - 3 s) / (c - s)^3 of squared distances between start and cutoff (XPLOR; Brunger 1992).
Slope xplor(double d, double start, double cutoff) {
  if (d < start) return {1.0, 0.0};
  if (d >= cutoff) return {0.0, 0.0};
  const double c = cutoff * cutoff;
  const double s = start * start;
  const double x = d * d;
  const double cube = (c - s) * (c - s) * (c - s);
  return {(c - x) * (c - x) * (c + 2 * x - 3 * s) / cube, 2 * d * 6 * (c - x) * (s - x) / cube};
}

Slope envelope(const NetworkOptions& o, double d) {
  if (o.envelope == Envelope::xplor) return xplor(d, o.envelope_start, o.cutoff);
  const kernel::RadialValue value = kernel::polynomial_cutoff(d, o.cutoff, o.envelope_power);
  return {value.value, value.first};
}

template <class V>
void fit(V& values, std::int64_t size) {
  if (static_cast<std::int64_t>(values.size()) < size) values.resize(static_cast<std::size_t>(size));
}

}  // namespace

void radial_basis(const NetworkOptions& options, std::span<const double> frequencies, double d, double* basis,
                  double* slope) {
  const Slope f = envelope(options, d);
  const double p = options.radial_prefactor / d;
  for (std::size_t n = 0; n < frequencies.size(); ++n) {
    const double k = frequencies[n];
    const double sine = std::sin(k * d);
    basis[n] = p * sine * f.value;
    slope[n] = p * ((k * std::cos(k * d) - sine / d) * f.value + sine * f.first);
  }
}

template <class T>
EdgeGeometry<T>::EdgeGeometry(const NetworkOptions& options, std::vector<double> frequencies, bool with_basis)
    : options_(options), frequencies_(std::move(frequencies)), with_basis_(with_basis) {}

template <class T>
void EdgeGeometry<T>::set(std::span<const double> vectors) {
  edges_ = static_cast<std::int64_t>(vectors.size() / 3);
  const auto size = with_basis_ ? static_cast<std::int64_t>(frequencies_.size()) : 0;
  fit(vector_, 3 * edges_), fit(gv_, 3 * edges_), fit(distance_, edges_), fit(gr_, edges_);
  fit(basis_, size * edges_), fit(slope_, size * edges_);
  fit(y_, harmonics() * edges_), fit(gy_, harmonics() * edges_);
  std::fill_n(gr_.data(), edges_, T(0));
  std::fill_n(gy_.data(), edges_ * harmonics(), T(0));
  const compute::HarmonicsOptions harmonic{options_.degree};
  compute::parallel_ranges(edges_, kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::array<double, kMostBasis> b, db;
    for (std::int64_t e = begin; e < end; ++e) {
      const double* v = vectors.data() + 3 * e;
      const double d = std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
      check(d >= kShortest && d < options_.cutoff, "[deploy::evaluate] expected edges between ", kShortest, " and ",
            options_.cutoff, " A; received one of ", d, " A", d < kShortest ? ": two atoms at one place" : "");
      for (int c = 0; c < 3; ++c) vector_[3 * e + c] = static_cast<T>(sign() * v[c]);
      distance_[e] = d;
      if (!with_basis_) continue;
      radial_basis(options_, frequencies_, d, b.data(), db.data());
      for (std::int64_t n = 0; n < size; ++n) {
        basis_[e * size + n] = static_cast<T>(b[n]);
        slope_[e * size + n] = static_cast<T>(db[n]);
      }
    }
  });
  compute::spherical_harmonics<T>(harmonic, edges_, vector_.data(), y_.data());
}

template <class T>
void EdgeGeometry<T>::pull(std::vector<double>& out) {
  fit(out, 3 * edges_);
  const compute::HarmonicsOptions harmonic{options_.degree};
  compute::spherical_harmonics_vjp<T>(harmonic, edges_, vector_.data(), gy_.data(), gv_.data());
  compute::parallel_ranges(edges_, kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t e = begin; e < end; ++e) {
      const double along = static_cast<double>(gr_[e]) / distance_[e];
      for (int c = 0; c < 3; ++c)
        out[3 * e + c] =
            sign() * (static_cast<double>(gv_[3 * e + c]) + along * static_cast<double>(vector_[3 * e + c]));
    }
  });
}

template class EdgeGeometry<float>;
template class EdgeGeometry<double>;

}  // namespace coset::deploy
