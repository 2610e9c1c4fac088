#include "coset/io/png.h"

#include <png.h>

#include <cmath>
#include <random>

#include "tests/io/scratch.h"

namespace coset::io {
namespace {

class Png : public Scratch {};

Raster gradient(std::int64_t channels) {
  Raster r{5, 7, channels, {}};
  for (std::int64_t k = 0; k < 5 * 7 * channels; ++k) r.pixels.push_back(static_cast<std::uint8_t>(k * 37));
  return r;
}

struct Layout {
  int colour, depth;
  bool interlaced = false, transparent = false;
};

/// A picture in any layout PNG has, from packed rows, written by libpng; palettes hold (3 i, 255 - i, 7 i) with alpha
/// 255 - 2 i, the transparent colour of others is their first sample.
std::vector<std::byte> written(const Layout& layout, int width, std::vector<std::vector<png_byte>> rows) {
  std::vector<std::byte> bytes;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  const auto put = [](png_structp p, png_bytep from, std::size_t count) {
    auto* target = static_cast<std::vector<std::byte>*>(png_get_io_ptr(p));
    target->insert(target->end(), reinterpret_cast<std::byte*>(from), reinterpret_cast<std::byte*>(from) + count);
  };
  png_set_write_fn(png, &bytes, put, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(rows.size()), layout.depth,
               layout.colour, layout.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
               PNG_FILTER_TYPE_BASE);
  std::vector<png_color> palette;
  std::vector<png_byte> alpha;
  for (int i = 0; i < (1 << std::min(layout.depth, 6)); ++i) {
    palette.push_back({static_cast<png_byte>(3 * i), static_cast<png_byte>(255 - i), static_cast<png_byte>(3 * i)});
    alpha.push_back(static_cast<png_byte>(255 - 2 * i));
  }
  if (layout.colour == PNG_COLOR_TYPE_PALETTE)
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  if (layout.transparent && layout.colour == PNG_COLOR_TYPE_PALETTE)
    png_set_tRNS(png, info, alpha.data(), static_cast<int>(alpha.size()), nullptr);
  png_set_gAMA_fixed(png, info, 100000);
  png_write_info(png, info);
  if (layout.interlaced) png_set_interlace_handling(png);
  std::vector<png_bytep> pointers;
  for (auto& row : rows) pointers.push_back(row.data());
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

/// What the samples of one pixel, 0 .. 2^depth - 1, mean in 0 .. 255 on black.
std::vector<std::uint8_t> meaning(const Layout& layout, const std::vector<int>& samples) {
  const double most = (1 << layout.depth) - 1;
  const auto byte = [](double value) { return static_cast<std::uint8_t>(std::lround(255 * value)); };
  if (layout.colour == PNG_COLOR_TYPE_PALETTE) {
    const int i = samples[0];
    const double alpha = layout.transparent ? (255 - 2 * i) / 255.0 : 1.0;
    return {byte(3 * i / 255.0 * alpha), byte((255 - i) / 255.0 * alpha), byte(3 * i / 255.0 * alpha)};
  }
  const std::size_t colours = (layout.colour & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1;
  const double alpha = samples.size() > colours ? samples.back() / most : 1.0;
  std::vector<std::uint8_t> bytes;
  for (std::size_t c = 0; c < colours; ++c) bytes.push_back(byte(samples[c] / most * alpha));
  return bytes;
}

void expect_meaning(const Layout& layout) {
  const int channels = layout.colour == PNG_COLOR_TYPE_PALETTE
                           ? 1
                           : ((layout.colour & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1) +
                                 ((layout.colour & PNG_COLOR_MASK_ALPHA) != 0 ? 1 : 0);
  std::mt19937 engine(7);
  const int width = 13;
  const int largest = layout.colour == PNG_COLOR_TYPE_PALETTE ? std::min(1 << layout.depth, 64) : 1 << layout.depth;
  std::vector<std::vector<png_byte>> rows;
  std::vector<std::uint8_t> expected;
  for (int y = 0; y < 11; ++y) {
    std::vector<png_byte> row(static_cast<std::size_t>((width * channels * layout.depth + 7) / 8));
    for (int x = 0; x < width; ++x) {
      std::vector<int> samples;
      for (int c = 0; c < channels; ++c) {
        const int value = static_cast<int>(engine() % static_cast<unsigned>(largest));
        samples.push_back(value);
        const int bit = (x * channels + c) * layout.depth;
        if (layout.depth == 16) row[bit / 8] = static_cast<png_byte>(value >> 8);
        const int last = bit + layout.depth - 1;
        row[last / 8] = static_cast<png_byte>(row[last / 8] | ((value & 255) << (7 - last % 8)));
      }
      for (const std::uint8_t byte : meaning(layout, samples)) expected.push_back(byte);
    }
    rows.push_back(row);
  }
  const Raster read = decode_png(written(layout, width, rows), "p");
  EXPECT_EQ(read.pixels, expected) << "colour type " << layout.colour << ", " << layout.depth << " bits, interlaced "
                                   << layout.interlaced << ", transparent " << layout.transparent;
}

TEST_F(Png, ReadsWhatItWrites) {
  for (const std::int64_t channels : {1, 3}) {
    save_png(path("a.png"), gradient(channels));
    EXPECT_EQ(load_png(path("a.png")), gradient(channels));
  }
}

TEST_F(Png, SamplesAreWhatTheyAreInEveryLayout) {
  for (const bool interlaced : {false, true}) {
    for (const int depth : {1, 2, 4, 8, 16}) expect_meaning({PNG_COLOR_TYPE_GRAY, depth, interlaced});
    for (const int depth : {1, 2, 4, 8})
      for (const bool transparent : {false, true})
        expect_meaning({PNG_COLOR_TYPE_PALETTE, depth, interlaced, transparent});
    for (const int colour : {PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB_ALPHA})
      for (const int depth : {8, 16}) expect_meaning({colour, depth, interlaced});
  }
}

TEST_F(Png, FilesOfOtherProgramsAreNotBrightened) {
  std::vector<std::uint8_t> ramp;
  for (int v = 0; v < 256; v += 11) ramp.push_back(static_cast<std::uint8_t>(v));
  for (const char* name :
       {"grey8", "grey8_gama1", "grey8_gama_1.8", "grey16", "grey16_srgb", "greyalpha16", "white_alpha_ramp"})
    EXPECT_EQ(load_png(golden("png/" + std::string(name) + ".png")).pixels, ramp) << name;
  const Raster colour = load_png(golden("png/rgb16.png"));
  ASSERT_EQ(colour.channels, 3);
  for (std::size_t i = 0; i < colour.pixels.size(); ++i) EXPECT_EQ(colour.pixels[i], ramp[i / 3]);
  const Raster d8 = load_png(golden("png/d8.png"));
  EXPECT_EQ(d8.height, 28);
  for (const char* name : {"d16", "d8gama", "d8mac"})
    EXPECT_EQ(load_png(golden("png/" + std::string(name) + ".png")), d8) << name;
}

TEST_F(Png, DamageIsOneClearLine) {
  const auto bytes = encode_png(gradient(3));
  // Every prefix without all the pixels is refused; a missing end chunk (12 bytes) and checksum (4) are forgiven.
  for (std::size_t size = 0; size + 16 < bytes.size(); ++size)
    EXPECT_EQ(error_of([&] { decode_png({bytes.data(), size}, "p"); }).rfind("p: ", 0), 0U) << size;
  auto changed = bytes;
  changed[bytes.size() / 2] ^= std::byte{0x10};
  EXPECT_NE(error_of([&] { decode_png(changed, "p"); }), "");
  Raster wrong = gradient(1);
  wrong.pixels.pop_back();
  EXPECT_NE(error_of([&] { encode_png(wrong); }), "");
}

}  // namespace
}  // namespace coset::io
