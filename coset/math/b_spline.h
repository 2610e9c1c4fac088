/// Cardinal B-splines: B^n has support |x| <= (n+1)/2, integer translates sum to 1, and integral 1.
///
///   B^0 box, B^1 hat, B^2 = 3/4 - x^2 for |x| < 1/2, (3/2 - |x|)^2 / 2 for |x| < 3/2, B^3 the cubic with B^3(0) = 2/3.
/// Source: de Boor, A Practical Guide to Splines.
#pragma once

namespace coset::math {

/// B^order(x), order >= 0: closed pieces up to 3, above the recursion
///   n B^n(x) = ((n+1)/2 + x) B^(n-1)(x + 1/2) + ((n+1)/2 - x) B^(n-1)(x - 1/2),
/// which is stable at every order (the closed form with truncated powers is not). The box is 1 on [-1/2, 1/2).
/// @throws coset::Error for a negative order
double b_spline(int order, double x);

/// d/dx B^order(x) = B^(order-1)(x + 1/2) - B^(order-1)(x - 1/2).
/// @throws coset::Error unless order >= 1
double b_spline_derivative(int order, double x);

}  // namespace coset::math
