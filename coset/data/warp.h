/// Moving images about their centre, and between pixels.
///
/// Axes are (row, column) with the row downward, so rotation by a positive angle turns the picture counter-clockwise on
/// screen, as the group grids do (docs/conventions.md#image-axes). out(p) = in(A^-1 (p - t)), p counted from the image centre, A =
/// enlargement times rotation.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/data/image_set.h"

namespace coset::data {

/// What lies outside the picture: black, or the picture mirrored at its outermost pixels.
enum class Border { black, reflect };

/// Values between pixels. bilinear: (1-t, t), what the rotated-MNIST protocol uses; it smooths, half-way between pixels
/// as much as a mean of four. lanczos: sinc(t) sinc(t/3) for |t| < 3, weights normalised to sum 1 and values clipped to
/// 0 .. 255; it keeps what lies below about .8 of the highest frequency that the pixels hold.
enum class Interpolation { bilinear, lanczos };

/// How a picture is read where it has no pixel.
struct Resampling {
  Border border = Border::black;
  Interpolation interpolation = Interpolation::bilinear;
};

struct Motion {
  double angle = 0.0;        ///< radians, counter-clockwise; multiples of pi/2 move pixels exactly
  double enlargement = 1.0;  ///< of the picture, > 0
  bool mirror = false;       ///< columns are reversed first
  double shift_rows = 0.0;   ///< pixels, applied last
  double shift_columns = 0.0;
};

/// image (height, width, channels) bytes -> out, the same shape, in 0 .. 255.
/// @throws coset::Error unless enlargement > 0
void warp(const std::uint8_t* image, std::int64_t height, std::int64_t width, std::int64_t channels,
          const Motion& motion, const Resampling& resampling, float* out);

enum class Turning { none, quarter, any };
/// "none", "quarter", "any"; @throws coset::Error naming the nearest
Turning parse_turning(const std::string& text);

/// Every image turned by an independent angle (uniform over four quarter turns, or over [0, 2 pi)), rounded back to
/// bytes. Image i turns by the same angle whatever the number of images.
/// @throws coset::Error on images that are not square, unless turning is none
ImageSet turned(const ImageSet& set, Turning turning, const Resampling& resampling, std::uint64_t seed);

/// A uniform number on [0, 1) that depends on (seed, draw) alone.
double uniform_at(std::uint64_t seed, std::uint64_t draw);

}  // namespace coset::data
