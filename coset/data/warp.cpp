#include "coset/data/warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/base/words.h"

namespace coset::data {
namespace {

constexpr std::array kTurnings{Word{Turning::none, "none"}, Word{Turning::quarter, "quarter"},
                               Word{Turning::any, "any"}};

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

/// Pixels along one axis and their weights.
struct Taps {
  std::int64_t first = 0;
  int count = 0;
  std::array<double, 6> weight{};
};

Taps bilinear_taps(double place) {
  const double below = std::floor(place), t = place - below;
  return {static_cast<std::int64_t>(below), 2, {1.0 - t, t}};
}

double sinc(double x) {
  return x == 0.0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

Taps lanczos_taps(double place) {
  const double below = std::floor(place), t = place - below;
  if (t == 0.0) return {static_cast<std::int64_t>(below), 1, {1.0}};
  Taps taps{static_cast<std::int64_t>(below) - 2, 6, {}};
  double sum = 0.0;
  for (int a = 0; a < taps.count; ++a) {
    const double distance = t - (a - 2);
    sum += taps.weight[static_cast<std::size_t>(a)] = sinc(distance) * sinc(distance / 3.0);
  }
  for (double& weight : taps.weight) weight /= sum;
  return taps;
}

struct Picture {
  const std::uint8_t* pixels;
  std::int64_t height, width, channels;
  Border border;

  /// All channels at one place, clipped to 0 .. 255.
  void read(const Taps& rows, const Taps& columns, float* out) const {
    for (std::int64_t k = 0; k < channels; ++k) out[k] = 0.0F;
    for (int a = 0; a < rows.count; ++a)
      for (int b = 0; b < columns.count; ++b) {
        const double weight = rows.weight[static_cast<std::size_t>(a)] * columns.weight[static_cast<std::size_t>(b)];
        const std::int64_t i = source(rows.first + a, height, border);
        const std::int64_t j = source(columns.first + b, width, border);
        if (weight == 0.0 || i < 0 || j < 0) continue;
        const std::uint8_t* from = pixels + (i * width + j) * channels;
        for (std::int64_t k = 0; k < channels; ++k) out[k] += static_cast<float>(weight * from[k]);
      }
    for (std::int64_t k = 0; k < channels; ++k) out[k] = std::clamp(out[k], 0.0F, 255.0F);
  }
};

}  // namespace

double uniform_at(std::uint64_t seed, std::uint64_t draw) {
  return static_cast<double>(derive_seed(seed, draw) >> 11) * 0x1p-53;
}

void warp(const std::uint8_t* image, std::int64_t height, std::int64_t width, std::int64_t channels,
          const Motion& motion, const Resampling& resampling, float* out) {
  check(motion.enlargement > 0.0, "[data::warp] expected an enlargement > 0; received ", motion.enlargement);
  const auto [cosine, sine] = cosine_sine(motion.angle);
  const double c = cosine / motion.enlargement, s = sine / motion.enlargement;
  const double middle_row = 0.5 * static_cast<double>(height - 1), middle_column = 0.5 * static_cast<double>(width - 1);
  const Picture picture{image, height, width, channels, resampling.border};
  const auto taps = resampling.interpolation == Interpolation::bilinear ? bilinear_taps : lanczos_taps;
  for (std::int64_t i = 0; i < height; ++i)
    for (std::int64_t j = 0; j < width; ++j) {
      const double di = static_cast<double>(i) - middle_row - motion.shift_rows;
      const double dj = static_cast<double>(j) - middle_column - motion.shift_columns;
      const double row = c * di + s * dj + middle_row;
      const double turned_column = -s * di + c * dj;
      const double column = (motion.mirror ? -turned_column : turned_column) + middle_column;
      picture.read(taps(row), taps(column), out + (i * width + j) * channels);
    }
}

Turning parse_turning(const std::string& text) {
  return parse_word("data::parse_turning", text, kTurnings);
}

ImageSet turned(const ImageSet& set, Turning turning, const Resampling& resampling, std::uint64_t seed) {
  if (turning == Turning::none) return set;
  check(set.height == set.width, "[data::turned] expected square images; received ", set.height, " x ", set.width);
  ImageSet out = set;
  std::vector<float> moved(static_cast<std::size_t>(set.image_size()));
  for (std::int64_t i = 0; i < set.count; ++i) {
    const double u = uniform_at(seed, static_cast<std::uint64_t>(i));
    const double turns = turning == Turning::quarter ? std::floor(4.0 * u) / 4.0 : u;
    warp(set.image(i), set.height, set.width, set.channels, {.angle = 2.0 * std::numbers::pi * turns}, resampling,
         moved.data());
    for (std::size_t k = 0; k < moved.size(); ++k)
      out.pixels[static_cast<std::size_t>(i * set.image_size()) + k] = static_cast<std::uint8_t>(std::lround(moved[k]));
  }
  return out;
}

}  // namespace coset::data
