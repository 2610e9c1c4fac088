/// The theorem that the library is built on, as code: an equivariant linear map is a group convolution.
///
/// Let X and Y be homogeneous spaces of G, y0 the origin of Y, H = Stab(y0), g_y a section. The integral operator
///   (K f)(y) = int_X k(y, x) f(x) dmu(x)
/// commutes with G, K L_g f = L_g K f, if and only if
///   1. k(y, x) = J(g_y) k1(g_y^-1 x) with the one-argument kernel k1(x) = k(y0, x), J(g) = d mu(g^-1 x) / d mu(x), and
///   2. k1(x) = J(h) k1(h^-1 x) for all h in H: no constraint when Y = G, radial kernels when X = Y = R^d under SE(d).
/// Continuous groups are checked by quadrature on any X, Y of coset/group/homogeneous.h; finite groups exactly, as
/// tables. Source: Bekkers, lecture notes 2021, theorem 3.2; the factor J is dropped there on the slides.
#pragma once

#include <functional>
#include <vector>

#include "coset/base/error.h"
#include "coset/base/worse.h"
#include "coset/group/homogeneous.h"
#include "coset/group/subgroup.h"

namespace coset::verify {

/// Points and weights: int f dmu is about sum_i weights[i] f(points[i]).
template <class Point>
struct Quadrature {
  std::vector<Point> points;
  std::vector<double> weights;
};

template <class X, class Y>
using TwoArgumentKernel = std::function<double(const typename Y::Point&, const typename X::Point&)>;
template <class X>
using Function = std::function<double(const typename X::Point&)>;

/// (K f)(y).
template <class X, class Y>
double apply(const TwoArgumentKernel<X, Y>& kernel, const Quadrature<typename X::Point>& measure, const Function<X>& f,
             const typename Y::Point& y) {
  double sum = 0.0;
  for (std::size_t i = 0; i < measure.points.size(); ++i)
    sum += measure.weights[i] * kernel(y, measure.points[i]) * f(measure.points[i]);
  return sum;
}

/// L_g f = f(g^-1 .)
template <class X>
Function<X> translated(const X& space, const typename X::GroupType::Element& g, const Function<X>& f) {
  const auto inverse = space.group().inverse(g);
  return [space, inverse, f](const typename X::Point& x) { return f(space.act(inverse, x)); };
}

/// max over the points ys of |K L_g f - L_g K f|, relative to max |L_g K f|; 0 when both vanish, infinite when only the
/// second does.
template <class X, class Y>
double commutation_error(const X& x_space, const Y& y_space, const TwoArgumentKernel<X, Y>& kernel,
                         const Quadrature<typename X::Point>& measure, const Function<X>& f,
                         const typename X::GroupType::Element& g, const std::vector<typename Y::Point>& ys) {
  const auto moved = translated(x_space, g, f);
  const auto inverse = y_space.group().inverse(g);
  double worst = 0.0, scale = 0.0;
  for (const auto& y : ys) {
    const double expected = apply<X, Y>(kernel, measure, f, y_space.act(inverse, y));
    worst = worse(worst, std::abs(apply<X, Y>(kernel, measure, moved, y) - expected));
    scale = std::max(scale, std::abs(expected));
  }
  return worst == 0.0 ? 0.0 : worst / scale;
}

/// k1(x) = mean over h of J(h) k(y0, h^-1 x): the one-argument kernel, made to obey the constraint of the stabiliser.
/// @param stabiliser  elements that sample H uniformly; {identity} where H is trivial (Y = G)
/// @throws coset::Error when there are none, or one moves the origin of Y (group::kStabiliserTolerance)
template <class X, class Y>
Function<X> one_argument(const X& x_space, const Y& y_space, const TwoArgumentKernel<X, Y>& kernel,
                         const std::vector<typename X::GroupType::Element>& stabiliser) {
  check(!stabiliser.empty(), "[verify::one_argument] expected elements of the stabiliser; received none");
  for (std::size_t i = 0; i < stabiliser.size(); ++i)
    check(y_space.stabilises(stabiliser[i]),
          "[verify::one_argument] expected elements of the stabiliser of Y's origin; "
          "received element ",
          i, ", which moves it");
  return [=](const typename X::Point& x) {
    double sum = 0.0;
    for (const auto& h : stabiliser)
      sum += x_space.jacobian(h) * kernel(y_space.origin(), x_space.act(x_space.group().inverse(h), x));
    return sum / static_cast<double>(stabiliser.size());
  };
}

/// J(g_y) k1(g_y^-1 x): the kernel of the group convolution with k1. With `jacobian` false the factor is left out (the
/// control: wrong for groups that change volumes).
template <class X, class Y>
TwoArgumentKernel<X, Y> convolution_kernel(const X& x_space, const Y& y_space, const Function<X>& k1,
                                           bool jacobian = true) {
  return [=](const typename Y::Point& y, const typename X::Point& x) {
    const auto g = y_space.section(y);
    return (jacobian ? x_space.jacobian(g) : 1.0) * k1(x_space.act(x_space.group().inverse(g), x));
  };
}

/// The projection onto invariant kernels: convolution_kernel of one_argument. Leaves invariant kernels as they are.
template <class X, class Y>
TwoArgumentKernel<X, Y> project(const X& x_space, const Y& y_space, const TwoArgumentKernel<X, Y>& kernel,
                                const std::vector<typename X::GroupType::Element>& stabiliser) {
  return convolution_kernel<X, Y>(x_space, y_space, one_argument<X, Y>(x_space, y_space, kernel, stabiliser));
}

/// Two homogeneous spaces of one finite group, G/K and G/H, with counting measure.
struct FiniteSpaces {
  group::GroupGrid group;
  group::CosetSpace x, y;
};
FiniteSpaces finite_spaces(const group::GroupGrid& group, const group::Subgroup& x_stabiliser,
                           const group::Subgroup& y_stabiliser);

/// Kernels are (|Y|, |X|) row-major, one-argument kernels (|X|).
using FiniteKernel = std::vector<double>;

/// max over g, x, y of |k(g y, g x) - k(y, x)|: 0 exactly when the operator commutes with G.
double commutation_error(const FiniteSpaces& spaces, const FiniteKernel& kernel);
/// (1/|G|) sum_g k(g^-1 y, g^-1 x): the orthogonal projection onto invariant kernels.
FiniteKernel project(const FiniteSpaces& spaces, const FiniteKernel& kernel);
/// k(y, x) = k1(g_y^-1 x).
FiniteKernel convolution_kernel(const FiniteSpaces& spaces, const FiniteKernel& one_argument);
/// max over h in Stab(y0) and x of |k1(h x) - k1(x)|.
double stabiliser_error(const FiniteSpaces& spaces, const FiniteKernel& one_argument);
/// Dimension of the space of invariant kernels: orbits of Stab(y0) on X; |X| exactly when Y = G or H acts trivially.
std::int64_t free_parameters(const FiniteSpaces& spaces);

}  // namespace coset::verify
