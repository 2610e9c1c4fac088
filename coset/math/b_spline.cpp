#include "coset/math/b_spline.h"

#include <cmath>

#include "coset/base/error.h"

namespace coset::math {

double b_spline(int order, double x) {
  check(order >= 0, "[math::b_spline] expected an order >= 0; received ", order);
  const double a = std::abs(x);
  switch (order) {
    case 0:
      return x >= -0.5 && x < 0.5 ? 1.0 : 0.0;
    case 1:
      return a < 1.0 ? 1.0 - a : 0.0;
    case 2:
      return a < 0.5 ? 0.75 - a * a : a < 1.5 ? 0.5 * (1.5 - a) * (1.5 - a) : 0.0;
    case 3:
      return a < 1.0 ? 2.0 / 3.0 - a * a + 0.5 * a * a * a : a < 2.0 ? (2.0 - a) * (2.0 - a) * (2.0 - a) / 6.0 : 0.0;
    default:
      break;
  }
  const double half = (order + 1) / 2.0;
  if (a >= half) return 0.0;
  return ((half + x) * b_spline(order - 1, x + 0.5) + (half - x) * b_spline(order - 1, x - 0.5)) / order;
}

double b_spline_derivative(int order, double x) {
  check(order >= 1, "[math::b_spline_derivative] expected an order >= 1; received ", order);
  return b_spline(order - 1, x + 0.5) - b_spline(order - 1, x - 0.5);
}

}  // namespace coset::math
