/// Random changes of training images, each a function of (seed, step, place in the batch) alone: a resumed run sees the
/// same pictures as one that was not interrupted.
#pragma once

#include <span>
#include <vector>

#include "coset/data/warp.h"

namespace coset::data {

struct AugmentationOptions {
  Turning turning = Turning::none;  ///< by a uniform quarter turn, or by any angle
  bool flip = false;                ///< mirrored with probability 1/2
  double crop = 0.0;                ///< shift by up to this many pixels per axis: a random crop of the padded picture
  double brightness = 0.0;          ///< add u 255, u uniform on +- this
  double contrast = 0.0;            ///< scale about the picture's mean by 1 + u
  double saturation = 0.0;          ///< scale about the pixel's grey value by 1 + u; colour pictures only
  Border border = Border::black;
  std::uint64_t seed = 1;

  bool any() const;
};

/// Pictures (places.size(), height, width, channels), values 0 .. 255 before colour changes, not clipped after them.
/// Turn, mirror and shift are one interpolation.
std::vector<float> augmented(const ImageSet& set, std::span<const std::int64_t> places, std::int64_t step,
                             const AugmentationOptions& options);

}  // namespace coset::data
