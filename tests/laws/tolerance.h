/// Every tolerance of the tests, by element type and kind of claim; statistical bounds stand in their
/// tests, beside their reasoning.
///
/// "Within tol" means |a - b| <= tol * max(1, largest |b| of that irrep or tensor).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

namespace coset::laws {

inline constexpr double kGolden64 = 1e-9;         ///< float64 against stored reference values
inline constexpr double kGolden32 = 1e-5;         ///< float32 against stored reference values
inline constexpr double kAlgebra = 1e-12;         ///< self-consistency of the algebra in float64
inline constexpr double kGroupLaw = 1e-10;        ///< group axioms, exp and log, Haar measure in float64
inline constexpr double kFused64 = 1e-12;         ///< fused kernel against its reference, float64
inline constexpr double kFused32 = 1e-5;          ///< fused kernel against its reference, float32
inline constexpr double kEquivariance64 = 1e-11;  ///< relative equivariance error of a layer or network, float64
inline constexpr double kEquivariance32 = 1e-5;   ///< the same in float32
inline constexpr double kScaleOctave =
    5e-2;  ///< scale layers on analytic blobs: one octave of the image, one octave of the fibre
inline constexpr double kOtherAngleBilinear =
    5e-2;                                          ///< turns off the lattice, smooth input: bilinear kernels of 7 cells
inline constexpr double kOtherAngleSmooth = 1e-2;  ///< the same for B-spline and steerable kernels of 9 cells
inline constexpr double kInterpolation = 3e-2;     ///< a wave of four pixels between pixels, window of three pixels
inline constexpr double kGridChange = 5e-2;        ///< 8 to 16 orientations after training
inline constexpr double kGradient = 1e-6;      ///< central differences (step 1e-5..1e-6) against derivatives, float64
inline constexpr double kSecondMoment = 0.1;   ///< mean square of some 10^5 products of three normals against 1
inline constexpr double kControlFactor = 100;  ///< a negative control must miss its tolerance by at least this factor

/// max |a_i - b_i| / max(1, max |b_i|); infinity when the sizes differ or a value is NaN.
template <class A, class B>
double distance(const A& a, const B& b) {
  if (std::size(a) != std::size(b)) return std::numeric_limits<double>::infinity();
  double worst = 0.0;
  double scale = 1.0;
  for (std::size_t i = 0; i < std::size(a); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!(difference <= worst)) worst = std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
    scale = std::max(scale, std::abs(static_cast<double>(b[i])));
  }
  return worst / scale;
}

}  // namespace coset::laws
