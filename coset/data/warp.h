/// Moving images about their centre, and between pixels: bilinear interpolation.
///
/// Axes are (row, column) with the row downward, so rotation by a positive angle turns the picture counter-clockwise on
/// screen, as the group grids do (specification 0.3). out(p) = in(A^-1 (p - t)), p counted from the image centre, A =
/// enlargement times rotation.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/data/image_set.h"

namespace coset::data {

/// What lies outside the picture: black, or the picture mirrored at its outermost pixels.
enum class Border { black, reflect };

struct Motion {
  double angle = 0.0;        ///< radians, counter-clockwise; multiples of pi/2 move pixels exactly
  double enlargement = 1.0;  ///< of the picture, > 0
  bool mirror = false;       ///< columns are reversed first
  double shift_rows = 0.0;   ///< pixels, applied last
  double shift_columns = 0.0;
};

/// image (height, width, channels) bytes -> out, the same shape, in 0 .. 255.
void warp(const std::uint8_t* image, std::int64_t height, std::int64_t width, std::int64_t channels,
          const Motion& motion, Border border, float* out);

enum class Turning { none, quarter, any };
/// "none", "quarter", "any"; @throws coset::Error naming the nearest
Turning parse_turning(const std::string& text);

/// Every image turned by an independent angle (uniform over four quarter turns, or over [0, 2 pi)), rounded back to
/// bytes. Image i turns by the same angle whatever the number of images.
ImageSet turned(const ImageSet& set, Turning turning, Border border, std::uint64_t seed);

/// A uniform number on [0, 1) that depends on (seed, draw) alone.
double uniform_at(std::uint64_t seed, std::uint64_t draw);

}  // namespace coset::data
