/// Haar measure and modular function of a Lie group, by differences around single elements.
///
/// Left multiplication by g takes the cell u of algebra coordinates around e to the cell g exp(u), so a density rho
/// with respect to a reference measure belongs to the left Haar measure exactly when
///   rho(g) |det d chart_g(g exp u) / du| = rho(e) |det d chart_e(exp u) / du|      at u = 0,
/// chart_g coordinates around g whose volume is the reference of the group's header. And mu(E g) = Delta(g) mu(E) with
/// E g = g (g^-1 E g) means Delta(g) = |det d log(g^-1 exp(u) g) / du|.
#pragma once

#include "coset/base/worse.h"
#include "coset/group/affine.h"
#include "tests/laws/tolerance.h"

namespace coset::laws {

inline constexpr double kHaarStep = 1e-4;

template <std::size_t N>
using Square = std::array<std::array<double, N>, N>;

/// |det|, by elimination with row pivots.
template <std::size_t N>
double absolute_determinant(Square<N> a) {
  double product = 1.0;
  for (std::size_t k = 0; k < N; ++k) {
    std::size_t pivot = k;
    for (std::size_t i = k + 1; i < N; ++i)
      if (std::abs(a[i][k]) > std::abs(a[pivot][k])) pivot = i;
    std::swap(a[k], a[pivot]);
    product *= std::abs(a[k][k]);
    for (std::size_t i = k + 1; i < N; ++i)
      for (std::size_t j = N; j-- > k;) a[i][j] -= a[i][k] / a[k][k] * a[k][j];
  }
  return product;
}

/// |det| of the differential of a map R^N -> R^N at 0, by central differences.
template <std::size_t N, class Map>
double volume_change(const Map& map) {
  Square<N> differential;
  for (std::size_t j = 0; j < N; ++j) {
    std::array<double, N> step{};
    step[j] = kHaarStep;
    const auto ahead = map(step);
    step[j] = -kHaarStep;
    const auto behind = map(step);
    for (std::size_t i = 0; i < N; ++i) differential[i][j] = (ahead[i] - behind[i]) / (2.0 * kHaarStep);
  }
  return absolute_determinant(differential);
}

/// Coordinates of `near` around `at` whose volume is the reference measure: angles, rotation vectors and translations
/// are their own, scales count as they are.
template <group::LieGroup G>
auto chart(const G& g, const typename G::Element& at, const typename G::Element& near) {
  return g.log(g.product(g.inverse(at), near));
}
template <int D>
group::Vector<1> chart(const group::Scale<D>&, double, double near) {
  return {near};
}
inline group::Vector<2> chart(const group::RotationScale&, const group::RotationScale::Element& at,
                              const group::RotationScale::Element& near) {
  return {group::wrap(near.turn - at.turn), near.scale};
}
template <group::LinearLieGroup H>
auto chart(const group::Affine<H>& g, const typename group::Affine<H>::Element& at,
           const typename group::Affine<H>::Element& near) {
  group::Vector<group::Affine<H>::kAlgebra> all;
  const auto linear = chart(g.linear(), at.h, near.h);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i < near.x.size() ? near.x[i] : linear[i - near.x.size()];
  return all;
}

/// Of any density, relative, over random elements.
template <group::LieGroup G, class Density>
double left_haar_error(const G& g, const Density& density) {
  constexpr auto n = static_cast<std::size_t>(G::kAlgebra);
  const auto volume = [&](const auto& at) {
    return density(at) * volume_change<n>([&](const auto& u) { return chart(g, at, g.product(at, g.exp(u))); });
  };
  NumpyRandom random(11);
  const double whole = volume(g.identity());
  double error = 0.0;
  for (int draw = 0; draw < 20; ++draw) error = worse(error, std::abs(volume(g.random(random)) / whole - 1.0));
  return error;
}

template <group::LieGroup G>
double left_haar_error(const G& g) {
  return left_haar_error(g, [&](const auto& at) { return g.left_haar(at); });
}

template <group::LieGroup G>
double modular_difference_error(const G& g) {
  constexpr auto n = static_cast<std::size_t>(G::kAlgebra);
  NumpyRandom random(12);
  double error = 0.0;
  for (int draw = 0; draw < 20; ++draw) {
    const auto a = g.random(random);
    const double delta =
        volume_change<n>([&](const auto& u) { return g.log(g.product(g.inverse(a), g.product(g.exp(u), a))); });
    error = worse(error, std::abs(g.modular(a) / delta - 1.0));
  }
  return error;
}

}  // namespace coset::laws
