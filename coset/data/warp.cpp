#include "coset/data/warp.h"

#include <array>
#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/base/random.h"

namespace coset::data {
namespace {

/// Cosine and sine, exact at multiples of a quarter turn: there the interpolation then only moves pixels.
std::array<double, 2> cosine_sine(double angle) {
  const double quarters = angle / (std::numbers::pi / 2);
  const double nearest = std::round(quarters);
  if (std::abs(quarters - nearest) > 1e-9) return {std::cos(angle), std::sin(angle)};
  static constexpr std::array<std::array<double, 2>, 4> kExact{{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
  return kExact[static_cast<std::size_t>(((std::llround(nearest) % 4) + 4) % 4)];
}

/// The pixel that stands in for place i, or -1 for black.
std::int64_t source(std::int64_t i, std::int64_t n, Border border) {
  if (i >= 0 && i < n) return i;
  if (border == Border::black) return -1;
  if (n == 1) return 0;
  const std::int64_t period = 2 * (n - 1);
  const std::int64_t inside = ((i % period) + period) % period;
  return inside < n ? inside : period - inside;
}

}  // namespace

double uniform_at(std::uint64_t seed, std::uint64_t draw) {
  return static_cast<double>(derive_seed(seed, draw) >> 11) * 0x1p-53;
}

void warp(const std::uint8_t* image, std::int64_t height, std::int64_t width, std::int64_t channels,
          const Motion& motion, Border border, float* out) {
  check(motion.enlargement > 0.0, "[data::warp] expected an enlargement > 0; received ", motion.enlargement);
  const auto [cosine, sine] = cosine_sine(motion.angle);
  const double c = cosine / motion.enlargement, s = sine / motion.enlargement;
  const double middle_row = 0.5 * static_cast<double>(height - 1), middle_column = 0.5 * static_cast<double>(width - 1);
  for (std::int64_t i = 0; i < height; ++i)
    for (std::int64_t j = 0; j < width; ++j) {
      const double di = static_cast<double>(i) - middle_row - motion.shift_rows;
      const double dj = static_cast<double>(j) - middle_column - motion.shift_columns;
      const double row = c * di + s * dj + middle_row;
      const double turned_column = -s * di + c * dj;
      const double column = (motion.mirror ? -turned_column : turned_column) + middle_column;
      const double row0 = std::floor(row), column0 = std::floor(column);
      const double fr = row - row0, fc = column - column0;
      float* pixel = out + (i * width + j) * channels;
      for (std::int64_t k = 0; k < channels; ++k) pixel[k] = 0.0F;
      for (int a = 0; a < 2; ++a)
        for (int b = 0; b < 2; ++b) {
          const double weight = (a == 1 ? fr : 1.0 - fr) * (b == 1 ? fc : 1.0 - fc);
          const std::int64_t si = source(static_cast<std::int64_t>(row0) + a, height, border);
          const std::int64_t sj = source(static_cast<std::int64_t>(column0) + b, width, border);
          if (weight == 0.0 || si < 0 || sj < 0) continue;
          const std::uint8_t* from = image + (si * width + sj) * channels;
          for (std::int64_t k = 0; k < channels; ++k) pixel[k] += static_cast<float>(weight * from[k]);
        }
    }
}

Turning parse_turning(const std::string& text) {
  static const std::array<std::string, 3> known{"none", "quarter", "any"};
  for (std::size_t i = 0; i < known.size(); ++i)
    if (text == known[i]) return static_cast<Turning>(i);
  const std::string nearest = nearest_word(text, known);
  fail("[data::parse_turning] expected none, quarter or any; received '", text, "'",
       nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

ImageSet turned(const ImageSet& set, Turning turning, Border border, std::uint64_t seed) {
  if (turning == Turning::none) return set;
  check(set.height == set.width, "[data::turned] expected square images; received ", set.height, " x ", set.width);
  ImageSet out = set;
  std::vector<float> moved(static_cast<std::size_t>(set.image_size()));
  for (std::int64_t i = 0; i < set.count; ++i) {
    const double u = uniform_at(seed, static_cast<std::uint64_t>(i));
    const double turns = turning == Turning::quarter ? std::floor(4.0 * u) / 4.0 : u;
    warp(set.image(i), set.height, set.width, set.channels, {.angle = 2.0 * std::numbers::pi * turns}, border,
         moved.data());
    for (std::size_t k = 0; k < moved.size(); ++k)
      out.pixels[static_cast<std::size_t>(i * set.image_size()) + k] =
          static_cast<std::uint8_t>(std::lround(std::min(255.0F, moved[k])));
  }
  return out;
}

}  // namespace coset::data
