#include "coset/kernel/steerability.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/base/worse.h"
#include "coset/group/planar.h"

namespace coset::kernel {
namespace {

using rep::GridRepresentation;

/// Turns of C_N or D_N and whether it has mirrors; an irrep's frequency and sign under the mirror.
struct Symmetry {
  std::int64_t turns;
  bool mirrors;
};
struct Wave {
  std::int64_t frequency;
  double mirror;  ///< F on a one-dimensional irrep
};

Symmetry symmetry_of(const group::GroupGrid& group) {
  std::int64_t turns = 0;
  for (std::int64_t g = 0; g < group.size; ++g) turns += group.determinant(g) > 0.0 ? 1 : 0;
  return {turns, turns != group.size};
}

/// Frequency from the character at one turn: dim cos(2 pi k / N).
Wave wave_of(const Symmetry& symmetry, const GridRepresentation& irrep) {
  double trace = 0.0;
  const std::int64_t generator = symmetry.turns > 1 ? 1 : 0;
  for (std::int64_t i = 0; i < irrep.dim; ++i) trace += irrep.matrix(generator)[i * irrep.dim + i];
  const double angle = std::acos(std::clamp(trace / static_cast<double>(irrep.dim), -1.0, 1.0));
  const auto frequency = std::llround(angle * static_cast<double>(symmetry.turns) / (2.0 * std::numbers::pi));
  return {frequency, symmetry.mirrors && irrep.dim == 1 ? irrep.matrix(symmetry.turns)[0] : 1.0};
}

/// Accumulates amplitude cos(k phi + gamma) for any integer k into cos |k| phi and sin |k| phi.
void add_wave(AngularKernel& kernel, std::size_t entry, std::int64_t k, double gamma, double amplitude) {
  const double sign = k < 0 ? -1.0 : 1.0;  // cos(-|k| phi + gamma) = cos gamma cos|k|phi + sin gamma sin|k|phi
  kernel.cosine[entry] += amplitude * std::cos(gamma);
  kernel.sine[entry] -= sign * amplitude * std::sin(gamma);
}

AngularKernel empty_kernel(std::int64_t k, std::int64_t out, std::int64_t in) {
  const std::vector<double> zero(static_cast<std::size_t>(out * in));
  return {std::abs(k), out, in, zero, zero, out};
}

/// cos(k phi + gamma) times a pattern of phase shifts: entry e carries amplitude[e] cos(k phi + gamma + shift[e]).
AngularKernel pattern(std::int64_t k, double gamma, std::int64_t out, std::int64_t in,
                      const std::vector<double>& amplitude, const std::vector<double>& shift) {
  auto kernel = empty_kernel(k, out, in);
  for (std::size_t e = 0; e < amplitude.size(); ++e) add_wave(kernel, e, k, gamma + shift[e], amplitude[e]);
  for (auto* part : {&kernel.cosine, &kernel.sine})
    for (double& x : *part)
      if (std::abs(x) < 1e-14) x = 0.0;
  if (k == 0) std::ranges::fill(kernel.sine, 0.0);
  return kernel;
}

bool vanishes(const AngularKernel& kernel) {
  return std::ranges::all_of(kernel.cosine, [](double x) { return x == 0.0; }) &&
         std::ranges::all_of(kernel.sine, [](double x) { return x == 0.0; });
}

/// Frequencies mu + t N with |.| <= limit.
std::vector<std::int64_t> aliases(std::int64_t mu, std::int64_t turns, std::int64_t limit) {
  std::vector<std::int64_t> found;
  for (std::int64_t t = -(limit + std::abs(mu)) / turns - 1; t <= (limit + std::abs(mu)) / turns + 1; ++t)
    if (std::abs(mu + t * turns) <= limit) found.push_back(mu + t * turns);
  return found;
}

/// Solutions between two irreps, before the mirror is asked for: gamma 0 and pi/2 of every admissible wave.
std::vector<AngularKernel> rotation_solutions(const Symmetry& symmetry, const GridRepresentation& in,
                                              const GridRepresentation& out, std::int64_t limit) {
  const auto n = wave_of(symmetry, in).frequency, m = wave_of(symmetry, out).frequency;
  const double quarter = std::numbers::pi / 2.0;
  std::vector<AngularKernel> found;
  const auto add = [&](std::int64_t mu, const std::vector<double>& amplitude, const std::vector<double>& shift) {
    for (std::int64_t k : aliases(mu, symmetry.turns, limit))
      for (double gamma : {0.0, quarter}) {
        auto kernel = pattern(k, gamma, out.dim, in.dim, amplitude, shift);
        if (!vanishes(kernel) && std::ranges::find(found, kernel) == found.end()) found.push_back(std::move(kernel));
      }
  };
  if (in.dim == 2 && out.dim == 2) {
    add(m - n, {1, 1, 1, 1}, {0, quarter, -quarter, 0});    // psi(a) = [[cos, -sin], [sin, cos]]
    add(m + n, {1, -1, 1, -1}, {0, quarter, -quarter, 0});  // psi(a) chi
  } else if (in.dim == 2) {
    add(m - n, {1, 1}, {0, quarter});  // (cos a, -sin a) with a = (m - n) phi + gamma
    add(m + n, {1, -1}, {0, quarter});
  } else if (out.dim == 2) {
    add(m - n, {1, 1}, {0, -quarter});  // (cos a, sin a)
    add(m + n, {1, 1}, {0, -quarter});
  } else {
    add(m - n, {1}, {0});
    add(m + n, {1}, {0});
  }
  return found;
}

/// (kappa + F-transformed kappa) / 2: rho_out(F) kappa(-phi) rho_in(F)^-1 with rho(F) = diag(1, -1) or its sign.
AngularKernel mirrored(const AngularKernel& kernel, const GridRepresentation& in, const GridRepresentation& out,
                       std::int64_t flip) {
  AngularKernel result = kernel;
  for (std::int64_t i = 0; i < kernel.out; ++i)
    for (std::int64_t j = 0; j < kernel.in; ++j) {
      const auto e = static_cast<std::size_t>(i * kernel.in + j);
      const double sign = out.matrix(flip)[i * kernel.out + i] * in.matrix(flip)[j * kernel.in + j];
      result.cosine[e] *= 0.5 * (1.0 + sign);
      result.sine[e] *= 0.5 * (1.0 - sign);
    }
  return result;
}

double dot(const AngularKernel& a, const AngularKernel& b) {
  if (a.frequency != b.frequency) return 0.0;
  double sum = 0.0;
  for (std::size_t e = 0; e < a.cosine.size(); ++e) sum += a.cosine[e] * b.cosine[e] + a.sine[e] * b.sine[e];
  return sum;
}

/// Removes what depends linearly on the kernels before (aliased waves of low N coincide), normalises, sorts by
/// frequency.
std::vector<AngularKernel> independent(const std::vector<AngularKernel>& kernels) {
  std::vector<AngularKernel> basis;
  for (AngularKernel kernel : kernels) {
    for (const auto& other : basis) {
      const double factor = dot(kernel, other);
      if (factor == 0.0) continue;
      for (std::size_t e = 0; e < kernel.cosine.size(); ++e) {
        kernel.cosine[e] -= factor * other.cosine[e];
        kernel.sine[e] -= factor * other.sine[e];
      }
    }
    const double norm = std::sqrt(dot(kernel, kernel));
    if (norm < 1e-9) continue;
    for (auto* part : {&kernel.cosine, &kernel.sine})
      for (double& x : *part) x /= norm;
    basis.push_back(std::move(kernel));
  }
  std::ranges::stable_sort(basis, {}, &AngularKernel::frequency);
  return basis;
}

std::vector<AngularKernel> irrep_basis(const group::GroupGrid& group, const GridRepresentation& in,
                                       const GridRepresentation& out, std::int64_t limit) {
  const Symmetry symmetry = symmetry_of(group);
  auto kernels = rotation_solutions(symmetry, in, out, limit);
  if (symmetry.mirrors)
    for (auto& kernel : kernels) kernel = mirrored(kernel, in, out, symmetry.turns);
  return independent(kernels);
}

/// D_out^T [block] D_in, where the block stands at (row, column) of the decomposed kernel.
AngularKernel changed_back(const AngularKernel& block, const rep::Decomposition& out, const rep::Decomposition& in,
                           std::int64_t row, std::int64_t column, std::int64_t dim_out, std::int64_t dim_in) {
  auto result = empty_kernel(block.frequency, dim_out, dim_in);
  result.irrep = block.out;
  for (std::int64_t a = 0; a < block.out; ++a)
    for (std::int64_t b = 0; b < block.in; ++b) {
      const auto e = static_cast<std::size_t>(a * block.in + b);
      for (std::int64_t i = 0; i < dim_out; ++i)
        for (std::int64_t j = 0; j < dim_in; ++j) {
          const double factor = out.matrix[static_cast<std::size_t>((row + a) * dim_out + i)] *
                                in.matrix[static_cast<std::size_t>((column + b) * dim_in + j)];
          result.cosine[static_cast<std::size_t>(i * dim_in + j)] += factor * block.cosine[e];
          result.sine[static_cast<std::size_t>(i * dim_in + j)] += factor * block.sine[e];
        }
    }
  return result;
}

}  // namespace

std::vector<double> AngularKernel::at(double phi) const {
  std::vector<double> value(cosine.size());
  const double c = std::cos(static_cast<double>(frequency) * phi), s = std::sin(static_cast<double>(frequency) * phi);
  for (std::size_t e = 0; e < value.size(); ++e) value[e] = cosine[e] * c + sine[e] * s;
  return value;
}

std::vector<AngularKernel> steerable_basis(const group::GroupGrid& group, const GridRepresentation& in,
                                           const GridRepresentation& out, std::int64_t band_limit) {
  check(band_limit >= 0, "[kernel::steerable_basis] expected a band limit >= 0; received ", band_limit);
  const auto d_in = rep::decompose(group, in), d_out = rep::decompose(group, out);
  std::vector<AngularKernel> basis;
  std::int64_t row = 0;
  for (const auto& to : d_out.irreps) {
    std::int64_t column = 0;
    for (const auto& from : d_in.irreps) {
      for (const auto& block : irrep_basis(group, from, to, band_limit))
        basis.push_back(changed_back(block, d_out, d_in, row, column, out.dim, in.dim));
      column += from.dim;
    }
    row += to.dim;
  }
  std::ranges::stable_sort(basis, {}, &AngularKernel::frequency);
  return basis;
}

double constraint_error(const group::GroupGrid& group, const GridRepresentation& in, const GridRepresentation& out,
                        const AngularKernel& kernel) {
  double error = 0.0;
  for (std::int64_t g = 0; g < group.size; ++g)
    for (double phi : {0.1, 1.3, 2.9, 4.4}) {
      const auto m = group.matrix(g);
      const double x = m[0] * std::cos(phi) + m[1] * std::sin(phi), y = m[2] * std::cos(phi) + m[3] * std::sin(phi);
      const auto moved = kernel.at(std::atan2(y, x)), still = kernel.at(phi);
      for (std::int64_t i = 0; i < out.dim; ++i)
        for (std::int64_t j = 0; j < in.dim; ++j) {
          double expected = 0.0;  // rho_in is orthogonal: its inverse is its transpose
          for (std::int64_t a = 0; a < out.dim; ++a)
            for (std::int64_t b = 0; b < in.dim; ++b)
              expected += out.matrix(g)[i * out.dim + a] * still[static_cast<std::size_t>(a * in.dim + b)] *
                          in.matrix(g)[j * in.dim + b];
          error = worse(error, std::abs(moved[static_cast<std::size_t>(i * in.dim + j)] - expected));
        }
    }
  return error;
}

Rings Rings::standard(std::int64_t size) {
  check(size >= 3 && size % 2 == 1, "[kernel::Rings] expected an odd kernel size >= 3; received ", size);
  const std::int64_t outermost = (size - 1) / 2;
  Rings rings;
  for (std::int64_t r = 0; r <= outermost; ++r) {
    rings.radius.push_back(static_cast<double>(r));
    rings.sigma.push_back(r == 0 ? 0.005 : r == outermost ? 0.4 : 0.6);
    const std::int64_t inner = 2 * r - (r + 1) % 2;
    rings.band_limit.push_back(r == 0 ? 0 : std::min(2 * r, r == outermost ? std::int64_t{2} : inner));
  }
  return rings;
}

Rings Rings::proportional(std::int64_t size, double frequencies, double sigma) {
  check(frequencies >= 0.0 && sigma > 0.0, "[kernel::Rings] expected frequencies >= 0 and sigma > 0; received ",
        frequencies, " and ", sigma);
  Rings rings = standard(size);
  for (std::size_t i = 1; i < rings.radius.size(); ++i) {
    rings.sigma[i] = sigma;
    rings.band_limit[i] = static_cast<std::int64_t>(std::floor(frequencies * rings.radius[i] + 1e-9));
  }
  return rings;
}

}  // namespace coset::kernel
