#include "coset/data/augmentation.h"

#include <cmath>
#include <numbers>

#include "coset/base/random.h"

namespace coset::data {
namespace {

/// Which number of an example's stream decides what; an option that is off leaves the others' numbers as they are.
enum Draw : std::uint64_t { kTurn, kFlip, kRows, kColumns, kBrightness, kContrast, kSaturation };

double spread(std::uint64_t seed, Draw draw, double most) {
  return most * (2.0 * uniform_at(seed, draw) - 1.0);
}

Motion draw_motion(std::uint64_t seed, const AugmentationOptions& o) {
  Motion motion;
  const double u = uniform_at(seed, kTurn);
  if (o.turning == Turning::quarter) motion.angle = std::floor(4.0 * u) * std::numbers::pi / 2;
  if (o.turning == Turning::any) motion.angle = 2.0 * std::numbers::pi * u;
  motion.mirror = o.flip && uniform_at(seed, kFlip) < 0.5;
  motion.shift_rows = std::round(spread(seed, kRows, o.crop));
  motion.shift_columns = std::round(spread(seed, kColumns, o.crop));
  return motion;
}

void change_colours(float* image, std::int64_t pixels, std::int64_t channels, std::uint64_t seed,
                    const AugmentationOptions& o) {
  const auto lift = static_cast<float>(255.0 * spread(seed, kBrightness, o.brightness));
  const auto contrast = static_cast<float>(1.0 + spread(seed, kContrast, o.contrast));
  const auto saturation = static_cast<float>(1.0 + spread(seed, kSaturation, o.saturation));
  float mean = 0.0F;
  for (std::int64_t k = 0; k < pixels * channels; ++k) mean += image[k];
  mean /= static_cast<float>(pixels * channels);
  for (std::int64_t p = 0; p < pixels; ++p) {
    float* pixel = image + p * channels;
    float grey = 0.0F;
    for (std::int64_t c = 0; c < channels; ++c) grey += pixel[c] / static_cast<float>(channels);
    for (std::int64_t c = 0; c < channels; ++c) {
      const float coloured = channels > 1 ? grey + saturation * (pixel[c] - grey) : pixel[c];
      pixel[c] = mean + contrast * (coloured - mean) + lift;
    }
  }
}

}  // namespace

bool AugmentationOptions::any() const {
  return turning != Turning::none || flip || crop > 0 || brightness > 0 || contrast > 0 || saturation > 0;
}

std::vector<float> augmented(const ImageSet& set, std::span<const std::int64_t> places, std::int64_t step,
                             const AugmentationOptions& o) {
  std::vector<float> out(places.size() * static_cast<std::size_t>(set.image_size()));
  const std::uint64_t step_seed = derive_seed(o.seed, static_cast<std::uint64_t>(step));
  const bool colours = o.brightness > 0 || o.contrast > 0 || o.saturation > 0;
  for (std::size_t b = 0; b < places.size(); ++b) {
    float* image = out.data() + b * static_cast<std::size_t>(set.image_size());
    const std::uint64_t seed = derive_seed(step_seed, b);
    warp(set.image(places[b]), set.height, set.width, set.channels, draw_motion(seed, o), {o.border}, image);
    if (colours) change_colours(image, set.height * set.width, set.channels, seed, o);
  }
  return out;
}

}  // namespace coset::data
