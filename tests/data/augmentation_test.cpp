#include "coset/data/augmentation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "coset/base/error.h"
#include "tests/data/images.h"
#include "tests/laws/tolerance.h"

namespace coset::data {
namespace {

ImageSet pictures(std::int64_t size, std::int64_t channels) {
  ImageSet set{6, size, size, channels, 3, bars(6, size, channels, 3), {0, 1, 2, 0, 1, 2}};
  for (std::size_t k = 0; k < set.pixels.size(); ++k)
    set.pixels[k] = static_cast<std::uint8_t>(set.pixels[k] / 2 + (k * 31) % 97);
  return set;
}

std::vector<float> moved(const ImageSet& set, const Motion& motion, const Resampling& resampling) {
  std::vector<float> out(static_cast<std::size_t>(set.image_size()));
  warp(set.image(1), set.height, set.width, set.channels, motion, resampling, out.data());
  return out;
}

// docs/conventions.md: a counter-clockwise quarter turn is out[i][j] = in[j][n-1-i].
TEST(Warp, QuarterTurnsAndMirrorsMovePixelsExactly) {
  for (const std::int64_t n : {7, 8}) {
    const ImageSet set = pictures(n, 3);
    const auto quarter = moved(set, {.angle = std::numbers::pi / 2}, {Border::black});
    const auto mirror = moved(set, {.mirror = true}, {Border::reflect});
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t c = 0; c < 3; ++c) {
          const auto at = [&](std::int64_t row, std::int64_t column) {
            return static_cast<std::size_t>((row * n + column) * 3 + c);
          };
          EXPECT_EQ(quarter[at(i, j)], static_cast<float>(set.image(1)[at(j, n - 1 - i)]));
          EXPECT_EQ(mirror[at(i, j)], static_cast<float>(set.image(1)[at(i, n - 1 - j)]));
        }
  }
}

TEST(Warp, MirroredBordersDoNotRepeatTheOutermostPixel) {
  const ImageSet set = pictures(7, 1);
  const auto out = moved(set, {.shift_rows = -3.0, .shift_columns = 2.0}, {Border::reflect});
  const auto mirrored = [](std::int64_t i) { return 6 - std::abs(6 - std::abs(i)); };
  for (std::int64_t i = 0; i < 7; ++i)
    for (std::int64_t j = 0; j < 7; ++j)
      EXPECT_EQ(out[static_cast<std::size_t>(7 * i + j)],
                static_cast<float>(set.image(1)[7 * mirrored(i + 3) + mirrored(j - 2)]));
}

// Odd sizes share their centre with the pixels: half the size takes every other pixel, twice the size is its inverse.
TEST(Warp, EnlargementIsAboutTheCentre) {
  const ImageSet set = pictures(9, 1);
  const auto half = moved(set, {.enlargement = 0.5}, {Border::black});
  const auto twice = moved(set, {.enlargement = 2.0}, {Border::black});
  for (std::int64_t i = -2; i <= 2; ++i)
    for (std::int64_t j = -2; j <= 2; ++j) {
      const auto at = [](std::int64_t row, std::int64_t column) {
        return static_cast<std::size_t>((row + 4) * 9 + column + 4);
      };
      EXPECT_EQ(half[at(i, j)], static_cast<float>(set.image(1)[at(2 * i, 2 * j)]));
      EXPECT_EQ(twice[at(2 * i, 2 * j)], static_cast<float>(set.image(1)[at(i, j)]));
    }
  EXPECT_EQ(half[0], 0.0F) << "black outside";
  EXPECT_THROW(moved(set, {.enlargement = 0.0}, {Border::black}), Error);
}

TEST(Warp, InterpolationKeepsConstantsInside) {
  ImageSet set{1, 9, 9, 1, 1, std::vector<std::uint8_t>(81, 200), {0}};
  std::vector<float> out(81);
  warp(set.image(0), 9, 9, 1, {.angle = 0.7, .shift_rows = 0.4}, {Border::reflect}, out.data());
  for (const float value : out) EXPECT_NEAR(value, 200.0F, 200 * laws::kGolden32);
  warp(set.image(0), 9, 9, 1, {.angle = 0.7}, {Border::black}, out.data());
  EXPECT_EQ(out[0], 0.0F);  // the corner comes from beyond the picture
  EXPECT_NEAR(out[40], 200.0F, 200 * laws::kGolden32);
}

// A wave of four pixels a period, moved by half a pixel: bilinear interpolation weakens it by cos^2(pi / 4), as the
// mean of neighbours in both directions does; the wider window hardly.
TEST(Warp, LanczosKeepsWhatBilinearSmooths) {
  constexpr std::int64_t n = 32;
  const auto wave = [](double i, double j) {
    return 128.0 + 100.0 * std::cos(std::numbers::pi / 2 * i) * std::cos(std::numbers::pi / 2 * j);
  };
  ImageSet set{1, n, n, 1, 1, std::vector<std::uint8_t>(n * n), {0}};
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      set.pixels[static_cast<std::size_t>(i * n + j)] =
          static_cast<std::uint8_t>(std::lround(wave(static_cast<double>(i), static_cast<double>(j))));
  const auto error = [&](Interpolation interpolation) {
    std::vector<float> out(n * n);
    warp(set.image(0), n, n, 1, {.shift_rows = 0.5, .shift_columns = 0.5}, {Border::reflect, interpolation},
         out.data());
    double worst = 0.0;
    for (std::int64_t i = 4; i < n - 4; ++i)
      for (std::int64_t j = 4; j < n - 4; ++j)
        worst = std::max(worst, std::abs(double{out[static_cast<std::size_t>(i * n + j)]} -
                                         wave(static_cast<double>(i) - 0.5, static_cast<double>(j) - 0.5)));
    return worst / 100.0;
  };
  EXPECT_NEAR(error(Interpolation::bilinear), 0.25,
              laws::kInterpolation);  // of the .5 that the wave has at half pixels
  EXPECT_LT(error(Interpolation::lanczos), laws::kInterpolation);
  // Pixels onto pixels stay exact, whatever stands between them.
  const auto quarter = [&](Interpolation interpolation) {
    return turned(set, Turning::quarter, {Border::black, interpolation}, 3).pixels;
  };
  EXPECT_EQ(quarter(Interpolation::lanczos), quarter(Interpolation::bilinear));
}

TEST(Warp, TurnedSetsDependOnTheSeedAlone) {
  const ImageSet set = pictures(8, 1);
  const ImageSet all = turned(set, Turning::any, {Border::black}, 3);
  const std::vector<std::int64_t> first{0, 1};
  const ImageSet few = turned(set.select(first), Turning::any, {Border::black}, 3);
  EXPECT_TRUE(std::equal(few.pixels.begin(), few.pixels.end(), all.pixels.begin()));
  EXPECT_NE(turned(set, Turning::any, {Border::black}, 4).pixels, all.pixels);
  // Quarter turns only move pixels: every picture keeps its values.
  const ImageSet quarters = turned(set, Turning::quarter, {Border::black}, 3);
  EXPECT_NE(quarters.pixels, set.pixels);
  for (std::int64_t i = 0; i < set.count; ++i) {
    std::vector<std::uint8_t> a(set.image(i), set.image(i) + 64), b(quarters.image(i), quarters.image(i) + 64);
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    EXPECT_EQ(a, b);
  }
}

TEST(Augmentation, IsAFunctionOfSeedAndStep) {
  const ImageSet set = pictures(8, 3);
  const std::vector<std::int64_t> batch{4, 0, 5};
  AugmentationOptions options{
      .turning = Turning::any, .flip = true, .crop = 2, .brightness = 0.2, .contrast = 0.3, .saturation = 0.2};
  const auto once = augmented(set, batch, 7, options);
  EXPECT_EQ(augmented(set, batch, 7, options), once);
  EXPECT_NE(augmented(set, batch, 8, options), once);
  options.seed = 2;
  EXPECT_NE(augmented(set, batch, 7, options), once);
  EXPECT_FALSE(AugmentationOptions{}.any());
  const auto same = augmented(set, batch, 7, {});
  for (std::size_t k = 0; k < 192; ++k) EXPECT_EQ(same[k], static_cast<float>(set.image(4)[k]));
}

// Statistics over many draws: half the pictures are mirrored, all four quarter turns occur, shifts reach the bound.
TEST(Augmentation, DrawsWhatItSays) {
  ImageSet set{1, 4, 4, 1, 1, std::vector<std::uint8_t>(16), {0}};
  set.pixels[1] = 100;  // row 0, column 1: its eight images under D4 are different pixels
  const std::vector<std::int64_t> batch(800, 0);
  const auto out = augmented(set, batch, 0, {.turning = Turning::quarter, .flip = true});
  std::vector<int> hits(16);
  for (std::size_t b = 0; b < batch.size(); ++b)
    for (std::size_t k = 0; k < 16; ++k) hits[k] += out[b * 16 + k] == 100.0F;
  int places = 0;
  for (const int count : hits) {
    if (count == 0) continue;
    ++places;
    EXPECT_NEAR(count, 100, 50);  // five standard deviations
  }
  EXPECT_EQ(places, 8);
  std::vector<bool> reached(81);  // two cells each way, rows and columns apart
  ImageSet dot{1, 9, 9, 1, 1, std::vector<std::uint8_t>(81), {0}};
  dot.pixels[40] = 100;
  const auto shifted = augmented(dot, batch, 0, {.crop = 2});
  for (std::size_t k = 0; k < shifted.size(); ++k)
    if (shifted[k] == 100.0F) reached[k % 81] = true;
  for (std::int64_t k = 0; k < 81; ++k)
    EXPECT_EQ(reached[static_cast<std::size_t>(k)], std::abs(k / 9 - 4) <= 2 && std::abs(k % 9 - 4) <= 2) << k;
  EXPECT_EQ(parse_turning("quarter"), Turning::quarter);
  EXPECT_THROW(parse_turning("quater"), Error);
}

// Each option is a straight line in the values: brightness lifts them, contrast stretches them about the picture's
// mean, saturation about each pixel's grey; the factors fill the range that was asked for.
TEST(Augmentation, ColoursAreLiftedAndStretched) {
  const ImageSet set = pictures(4, 3);
  const std::vector<std::int64_t> batch(300, 2);
  const std::uint8_t* in = set.image(2);
  double mean = 0.0;
  for (int k = 0; k < 48; ++k) mean += in[k] / 48.0;
  const auto grey = [&](int k) { return (in[k - k % 3] + in[k - k % 3 + 1] + in[k - k % 3 + 2]) / 3.0; };
  const auto range = [&](const AugmentationOptions& options, const std::function<double(int)>& about) {
    const auto out = augmented(set, batch, 0, options);
    double least = 1e9, most = -1e9;
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const float* image = &out[48 * b];
      double above = 0.0, below = 0.0, lift = 0.0;  // the line through all values by least squares
      for (int k = 0; k < 48; ++k) {
        above += (double{image[k]} - about(k)) * (in[k] - about(k));
        below += (in[k] - about(k)) * (in[k] - about(k));
        lift += (double{image[k]} - in[k]) / 48.0;
      }
      const bool lifts = options.brightness > 0;
      const double factor = lifts ? 1.0 : above / below, offset = lifts ? lift : 0.0;
      for (int k = 0; k < 48; ++k)
        EXPECT_NEAR(image[k], about(k) + factor * (in[k] - about(k)) + offset, 255 * laws::kGolden32);
      least = std::min(least, lifts ? offset / 255.0 : factor - 1.0);
      most = std::max(most, lifts ? offset / 255.0 : factor - 1.0);
    }
    EXPECT_NEAR(least, -0.3, 0.02);
    EXPECT_NEAR(most, 0.3, 0.02);
  };
  range({.brightness = 0.3}, [&](int) { return mean; });
  range({.contrast = 0.3}, [&](int) { return mean; });
  range({.saturation = 0.3}, grey);
}

}  // namespace
}  // namespace coset::data
