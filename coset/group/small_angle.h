/// The quotients of exp and log that are 0/0 at the identity.
///
/// Each is an entire (or analytic) function of the *squared* angle, so value and first two derivatives with respect to
/// the algebra coordinates stay finite and accurate through zero; the naive quotients lose all digits or divide 0/0
/// there. Series are used where the closed form cancels; both sides agree to rounding at the switch. Source:
/// Sola, Deray, Atchuthan, "A micro Lie theory", equations 132 to 146.
#pragma once

#include <complex>

namespace coset::group {

/// sin(t)/t as a function of q = t^2 >= 0.
double sin_over(double q);

/// (1 - cos t)/t^2 as a function of q = t^2.
double one_minus_cos_over(double q);

/// (t - sin t)/t^3 as a function of q = t^2.
double minus_sin_over(double q);

/// asin(n)/n continued to the half turn: atan2(n, w)/n for a unit quaternion (w, v) with n = |v|, w >= 0; argument n^2.
double half_angle_over(double n_squared, double w);

/// (e^x - 1)/x.
double expm1_over(double x);

/// (e^z - 1)/z.
std::complex<double> expm1_over(std::complex<double> z);

/// Angle in [-pi, pi).
double wrap(double angle);

/// cos and sin of 2 pi k / n, exact (0, +-1) at quarter turns and symmetric under the eight reflections of the circle.
struct UnitRoot {
  double cosine;
  double sine;
};
UnitRoot unit_root(long long k, long long n);

}  // namespace coset::group
