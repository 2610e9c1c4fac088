#include "coset/verify/theorem.h"

#include <gtest/gtest.h>

#include <array>
#include <numbers>
#include <random>

#include "tests/laws/tolerance.h"

namespace coset::verify {
namespace {

using group::Affine;
using group::EuclideanSpace;
using group::PrincipalSpace;
using laws::kGroupLaw;

constexpr double kMiss = laws::kControlFactor * kGroupLaw;

template <class H>
using Lifting = std::pair<EuclideanSpace<H>, PrincipalSpace<Affine<H>>>;

Quadrature<group::Vector<2>> plane(double reach, double step) {
  Quadrature<group::Vector<2>> measure;
  for (double x = -reach; x <= reach; x += step)
    for (double y = -reach; y <= reach; y += step) {
      measure.points.push_back({x, y});
      measure.weights.push_back(step * step);
    }
  return measure;
}

double signal(const group::Vector<2>& x) {  // no symmetry
  return std::exp(-x[0] * x[0] - 0.5 * x[1] * x[1] + 0.4 * x[0] * x[1] + 0.3 * x[0]) * (1.0 + 0.5 * x[1]);
}

/// A smooth function of a matrix' entries: "random" in how it mixes both arguments.
template <class Matrix>
double mixture(const Matrix& y, const group::Vector<2>& x) {
  double a = 0.2, b = 0.1;
  for (std::size_t i = 0; i < y.entries.size(); ++i) {
    a += std::sin(1.0 + static_cast<double>(i)) * y.entries[i];
    b += std::cos(2.0 + static_cast<double>(i)) * y.entries[i];
  }
  return std::exp(-0.8 * x[0] * x[0] - 0.6 * x[1] * x[1] + 0.3 * x[0] * x[1]) * std::sin(a * x[0] + b * x[1] + 0.5) +
         0.3 * std::exp(-x[0] * x[0] - x[1] * x[1]);
}

/// Errors of a two-argument kernel, its projection, and the convolution without the Jacobian factor, lifting R^2 -> G.
template <class H>
std::array<double, 3> lifting_errors(const std::vector<typename Affine<H>::Element>& elements) {
  using X = EuclideanSpace<H>;
  using Y = PrincipalSpace<Affine<H>>;
  const X x_space;
  const Y y_space;
  const auto& g = y_space.group();
  const TwoArgumentKernel<X, Y> kernel = [&](const auto& y, const auto& x) { return mixture(g.matrix(y), x); };
  const auto projected = project<X, Y>(x_space, y_space, kernel, {g.identity()});
  const auto k1 = one_argument<X, Y>(x_space, y_space, kernel, {g.identity()});
  const auto unscaled = convolution_kernel<X, Y>(x_space, y_space, k1, false);
  const auto measure = plane(14.0, 0.25);
  const std::vector<typename Y::Point> ys(elements.begin() + 1, elements.end());
  const auto error = [&](const auto& k) {
    return commutation_error<X, Y>(x_space, y_space, k, measure, signal, elements[0], ys);
  };
  return {error(kernel), error(projected), error(unscaled)};
}

TEST(Theorem, LiftingForUnimodularMotions) {
  const auto [arbitrary, projected, unscaled] =
      lifting_errors<group::SO2>({{{0.5, -0.7}, 0.8}, {{0.2, 0.1}, 0.0}, {{1.0, -0.4}, 2.1}});
  EXPECT_GE(arbitrary, kMiss);
  EXPECT_LE(projected, kGroupLaw);
  EXPECT_LE(unscaled, kGroupLaw) << "the factor is 1 for motions";
}

TEST(Theorem, LiftingNeedsTheJacobianWhereVolumesChange) {
  const auto [arbitrary, projected, unscaled] =
      lifting_errors<group::Scale<2>>({{{0.5, -0.7}, 1.4}, {{0.2, 0.1}, 1.0}, {{1.0, -0.4}, 1.7}});
  EXPECT_GE(arbitrary, kMiss);
  EXPECT_LE(projected, kGroupLaw);
  EXPECT_GE(unscaled, kMiss) << "without 1/s^2 the operator does not commute";
}

TEST(Theorem, QuotientOutputsConstrainTheKernel) {  // X = Y = R^2 under SE(2): radial kernels
  using X = EuclideanSpace<group::SO2>;
  const X space;
  const auto& g = space.group();
  const TwoArgumentKernel<X, X> kernel = [&](const auto& y, const auto& x) { return mixture(g.matrix({y, 0.3}), x); };
  std::vector<group::SE2::Element> turns;
  for (int i = 0; i < 64; ++i) turns.push_back({{0.0, 0.0}, 2.0 * std::numbers::pi * i / 64.0});
  const auto measure = plane(10.0, 0.25);
  const std::vector<group::Vector<2>> ys{{0.0, 0.0}, {0.8, -0.5}};
  const group::SE2::Element moved{{0.4, 0.9}, 0.7};
  const auto error = [&](const auto& k) {
    return commutation_error<X, X>(space, space, k, measure, signal, moved, ys);
  };
  EXPECT_LE(error(project<X, X>(space, space, kernel, turns)), kGroupLaw);
  EXPECT_GE(error(project<X, X>(space, space, kernel, {g.identity()})), kMiss)
      << "one-argument kernels alone are not enough";
  const auto k1 = one_argument<X, X>(space, space, kernel, turns);
  EXPECT_NEAR(k1({0.6, 0.8}), k1({1.0, 0.0}), kGroupLaw) << "radial";
}

/// A box of R^2 x| R+ with its left Haar measure dx ds / s^3, trapezoidal in x and ln s.
Quadrature<group::ScaleTranslation<2>::Element> scale_space() {
  Quadrature<group::ScaleTranslation<2>::Element> measure;
  const group::ScaleTranslation<2> g;
  for (double l = -3.0; l <= 3.0; l += 0.2)
    for (double x = -9.0; x <= 9.0; x += 0.5)
      for (double y = -9.0; y <= 9.0; y += 0.5) {
        measure.points.push_back({{x, y}, std::exp(l)});
        measure.weights.push_back(0.2 * 0.25 * g.left_haar(measure.points.back()) * std::exp(l));
      }
  return measure;
}

TEST(Theorem, GroupConvolutionOnANonUnimodularGroup) {  // X = Y = G: left Haar measure makes the factor 1
  using G = group::ScaleTranslation<2>;
  using X = PrincipalSpace<G>;
  const X space;
  const auto bump = [](const G::Element& u, double a) {
    const double l = std::log(u.h);
    return std::exp(-4.0 * l * l + a * l - 0.4 * (u.x[0] - a) * (u.x[0] - a) - 0.4 * u.x[1] * u.x[1]);
  };
  const TwoArgumentKernel<X, X> kernel = [&](const auto& y, const auto& x) {
    return bump(x, 0.3) * (1.0 + 0.5 * std::sin(y.x[0] + 2.0 * y.h + x.x[1]));
  };
  const auto measure = scale_space();
  const G::Element moved{{0.2, -0.1}, 1.1};
  const std::vector<G::Element> ys{{{0.0, 0.0}, 1.0}, {{0.3, -0.2}, 1.15}};
  const Function<X> f = [&](const auto& u) { return bump(u, -0.2); };
  const auto error = [&](const auto& k) { return commutation_error<X, X>(space, space, k, measure, f, moved, ys); };
  const double projected = error(project<X, X>(space, space, kernel, {space.origin()}));
  EXPECT_LE(projected, kGroupLaw);
  EXPECT_GE(error(kernel), kMiss);
  // the control: the measure dx ds / s is right-invariant, not left-invariant
  auto right = measure;
  for (std::size_t i = 0; i < right.points.size(); ++i) right.weights[i] *= std::pow(right.points[i].h, 2);
  EXPECT_GE((commutation_error<X, X>(space, space, project<X, X>(space, space, kernel, {space.origin()}), right, f,
                                     moved, ys)),
            kMiss);
}

TEST(Theorem, GroupConvolutionOnMotions) {  // X = Y = SE(2), dx dtheta: both left- and right-invariant
  using G = group::SE2;
  using X = PrincipalSpace<G>;
  const X space;
  const auto bump = [](const G::Element& u, double a) {
    return std::exp(-0.4 * (u.x[0] - a) * (u.x[0] - a) - 0.4 * u.x[1] * u.x[1]) *
           (1.0 + 0.5 * std::cos(u.h) + a * std::sin(2.0 * u.h));
  };
  Quadrature<G::Element> measure;
  for (int turn = 0; turn < 16; ++turn)
    for (double x = -9.0; x <= 9.0; x += 0.5)
      for (double y = -9.0; y <= 9.0; y += 0.5) {
        measure.points.push_back({{x, y}, std::numbers::pi * turn / 8.0});
        measure.weights.push_back(0.25 * std::numbers::pi / 8.0);
      }
  const TwoArgumentKernel<X, X> kernel = [&](const auto& y, const auto& x) {
    return bump(x, 0.3) * (1.0 + 0.5 * std::sin(y.x[0] + 2.0 * y.h + x.x[1]));
  };
  const Function<X> f = [&](const auto& u) { return bump(u, -0.2); };
  const auto error = [&](const auto& k) {
    return commutation_error<X, X>(space, space, k, measure, f, {{0.5, -0.3}, 0.9},
                                   {{{0.0, 0.0}, 0.0}, {{0.3, -0.2}, 2.2}});
  };
  EXPECT_LE(error(project<X, X>(space, space, kernel, {space.origin()})), kGroupLaw);
  EXPECT_GE(error(kernel), kMiss);
}

/// Largest difference of two kernels at points of both spaces, relative to the second.
template <class X, class Y>
double apart(const TwoArgumentKernel<X, Y>& a, const TwoArgumentKernel<X, Y>& b,
             const std::vector<typename Y::Point>& ys, const std::vector<typename X::Point>& xs) {
  std::vector<double> left, right;
  for (const auto& y : ys)
    for (const auto& x : xs) left.push_back(a(y, x)), right.push_back(b(y, x));
  return laws::distance(left, right);
}

/// project(project k) = project k, project(invariant k) = k, and k itself is another kernel.
template <class X, class Y>
void expect_projection(const X& x_space, const Y& y_space, const TwoArgumentKernel<X, Y>& kernel,
                       const std::vector<typename X::GroupType::Element>& stabiliser, const Function<X>& invariant,
                       const std::vector<typename Y::Point>& ys) {
  const std::vector<group::Vector<2>> xs{{0.0, 0.0}, {0.7, -0.3}, {-1.1, 0.4}, {0.2, 1.3}};
  const auto once = project<X, Y>(x_space, y_space, kernel, stabiliser);
  EXPECT_LE((apart<X, Y>(project<X, Y>(x_space, y_space, once, stabiliser), once, ys, xs)), kGroupLaw);
  EXPECT_GE((apart<X, Y>(once, kernel, ys, xs)), kMiss) << "the control: a kernel that is not invariant";
  const auto fixed = convolution_kernel<X, Y>(x_space, y_space, invariant);
  EXPECT_LE((apart<X, Y>(project<X, Y>(x_space, y_space, fixed, stabiliser), fixed, ys, xs)), kGroupLaw);
}

TEST(Theorem, ProjectionIsAProjection) {
  {  // R^2 -> R^2 under SE(2): the stabiliser is averaged over
    using X = EuclideanSpace<group::SO2>;
    const X space;
    std::vector<group::SE2::Element> turns;
    for (int i = 0; i < 64; ++i) turns.push_back({{0.0, 0.0}, 2.0 * std::numbers::pi * i / 64.0});
    expect_projection<X, X>(
        space, space,
        [&](const auto& y, const auto& x) {
          return mixture(space.group().matrix({y, 0.3}), x);
        },
        turns, [](const auto& x) { return std::exp(-x[0] * x[0] - x[1] * x[1]); }, {{0.5, -0.7}, {1.0, 0.4}});
  }
  const auto lifting = [](const auto& x_space, const auto& y_space, const auto& ys) {
    using X = std::decay_t<decltype(x_space)>;
    using Y = std::decay_t<decltype(y_space)>;
    const auto& g = y_space.group();
    expect_projection<X, Y>(
        x_space, y_space, [&](const auto& y, const auto& x) { return mixture(g.matrix(y), x); }, {g.identity()}, signal,
        ys);
  };
  using Turned = std::vector<group::SE2::Element>;
  using Scaled = std::vector<group::ScaleTranslation<2>::Element>;
  lifting(EuclideanSpace<group::SO2>(), PrincipalSpace<group::SE2>(), Turned{{{0.5, -0.7}, 0.8}, {{1.0, -0.4}, 2.1}});
  lifting(EuclideanSpace<group::Scale<2>>(), PrincipalSpace<group::ScaleTranslation<2>>(),
          Scaled{{{0.5, -0.7}, 1.4}, {{1.0, -0.4}, 0.6}});
}

TEST(Theorem, TheStabiliserIsCheckedUpToRounding) {
  using X = EuclideanSpace<group::SO2>;
  const X space;
  const auto& g = space.group();
  const TwoArgumentKernel<X, X> kernel = [](const auto& y, const auto& x) { return y[0] * x[0]; };
  const group::SE2::Element a{{3.3, -7.1}, 0.9};
  EXPECT_NO_THROW((one_argument<X, X>(space, space, kernel, {g.product(a, g.inverse(a))})));
  EXPECT_THROW((one_argument<X, X>(space, space, kernel, {g.identity(), {{1e-6, 0.0}, 0.4}})), Error);
  EXPECT_THROW((one_argument<X, X>(space, space, kernel, {})), Error);
}

TEST(Theorem, AnOperatorWithoutResponseCommutes) {  // 0/0 would be NaN, and no comparison with it fails
  using X = EuclideanSpace<group::SO2>;
  const X space;
  const TwoArgumentKernel<X, X> none = [](const auto&, const auto&) { return 0.0; };
  EXPECT_EQ((commutation_error<X, X>(space, space, none, plane(2.0, 1.0), signal, {{0.4, 0.9}, 0.7}, {{0.0, 0.0}})),
            0.0);
}

TEST(Theorem, WhatIsNotANumberDoesNotCommute) {
  const auto s = finite_spaces(group::dihedral_grid(4), {0}, {0});
  FiniteKernel kernel(static_cast<std::size_t>(s.x.size * s.y.size), 1.0);
  kernel[5] = std::nan("");
  EXPECT_FALSE(commutation_error(s, kernel) <= kGroupLaw);
  EXPECT_FALSE(stabiliser_error(finite_spaces(group::dihedral_grid(4), {0}, {0, 4}), FiniteKernel(8, std::nan(""))) <=
               kGroupLaw);
  using X = EuclideanSpace<group::SO2>;
  const X space;
  const TwoArgumentKernel<X, X> broken = [](const auto& y, const auto& x) {
    return std::log(-1.0 - x[0] * x[0]) + y[0];
  };
  EXPECT_FALSE((commutation_error<X, X>(space, space, broken, plane(2.0, 1.0), signal, {{0.4, 0.9}, 0.7},
                                        {{0.0, 0.0}})) <= kGroupLaw);
}

FiniteKernel random_kernel(std::int64_t count) {
  std::mt19937_64 engine(5);
  std::normal_distribution<double> normal;
  FiniteKernel kernel(static_cast<std::size_t>(count));
  for (double& k : kernel) k = normal(engine);
  return kernel;
}

TEST(Theorem, FiniteGroupsExactly) {
  const auto oh = group::parse_group("oh");
  const auto d4 = group::dihedral_grid(4);
  const auto all = [](const group::GroupGrid& g) {
    group::Subgroup places;
    for (std::int64_t i = 0; i < g.size; ++i) places.push_back(i);
    return places;
  };
  const auto face = group::stabiliser(oh, std::array{0.0, 0.0, 1.0}),
             corner = group::stabiliser(oh, std::array{1.0, 1.0, 1.0});
  for (const auto& s :
       {finite_spaces(d4, {0}, {0}), finite_spaces(d4, {0, 4}, {0}), finite_spaces(d4, {0}, {0, 4}),
        finite_spaces(oh, face, corner), finite_spaces(oh, corner, face), finite_spaces(d4, {0, 4}, all(d4))}) {
    const auto kernel = random_kernel(s.x.size * s.y.size);
    const auto projected = project(s, kernel);
    EXPECT_LE(commutation_error(s, projected), kGroupLaw);
    EXPECT_GE(commutation_error(s, kernel), kMiss);
    const FiniteKernel k1(projected.begin(), projected.begin() + s.x.size);
    EXPECT_LE(laws::distance(convolution_kernel(s, k1), projected), kGroupLaw) << "it is the group convolution with k1";
    EXPECT_LE(stabiliser_error(s, k1), kGroupLaw);
  }
}

TEST(Theorem, TheConstraintAppearsExactlyWhenTheOutputIsAQuotient) {
  const auto d4 = group::dihedral_grid(4);
  const auto unconstrained = random_kernel(8);
  const auto to_group = finite_spaces(d4, {0}, {0}), to_quotient = finite_spaces(d4, {0}, {0, 4});
  EXPECT_LE(commutation_error(to_group, convolution_kernel(to_group, unconstrained)), kGroupLaw);
  EXPECT_GE(commutation_error(to_quotient, convolution_kernel(to_quotient, unconstrained)), kMiss);
  EXPECT_EQ(free_parameters(to_group), 8);
  EXPECT_EQ(free_parameters(to_quotient), 4);
  EXPECT_EQ(free_parameters(finite_spaces(d4, {0, 1, 2, 3, 4, 5, 6, 7}, {0})), 1);
}

}  // namespace
}  // namespace coset::verify
