/// How nearly the copies of a kernel are turns of one kernel, at angles that pixels do not carry.
///
/// A lifting layer on N turns is equivariant for a turn R by t grid steps when F'[r](y) = F[r - t](R^-1 y), F the maps
/// of an image f and F' those of L_R f. Here f is a function, sampled wherever a kernel cell falls, and y any point:
/// nothing but the filter bank itself contributes to the difference.
/// Source: own derivation from the quarter-turn identity (docs/conventions.md).
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "coset/kernel/group_conv_plan.h"

namespace coset::verify {

/// A value at (row, column), pixels from the centre.
using PlaneImage = std::function<double(double row, double column)>;

/// Five Gaussian blobs of standard deviation `pixels` to 1.5 `pixels` within two of the centre: smooth at the scale of
/// a pixel when `pixels` is 2 and more.
PlaneImage blobs(double pixels);

struct RotationError {
  double degrees = 0.0;
  double error = 0.0;  ///< ||F' - L_R F|| / ||F|| over fields, turns and points
};

/// For every step of the grid up to a quarter turn, in order.
///
/// @param lifting  a plan from scalars to a uniform grid of turns, "so2:N" or "cN", 4 | N
/// @param weights  (fields, lifting.pair_weights())
/// @param reach    points lie on 9 x 9 positions within +- reach pixels, those in the disk
/// @param wrong    places by which the turn of the copies is off: the negative control
/// @throws coset::Error unless the plan lifts to a multiple of four turns of the plane.  @cost N/4 (N fields + 3) 81
/// cells
std::vector<RotationError> rotation_errors(const kernel::GroupConvPlan& lifting, std::span<const double> weights,
                                           const PlaneImage& image, double reach, std::int64_t wrong = 0);

/// The largest of them.
double worst_rotation_error(const std::vector<RotationError>& errors);

}  // namespace coset::verify
