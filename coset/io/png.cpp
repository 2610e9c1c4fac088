#include "coset/io/png.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"

namespace coset::io {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;
constexpr std::int64_t kMostExpansion = 1032;  // of deflate: a larger claim is no picture
constexpr png_alloc_size_t kMostChunk = png_alloc_size_t{1} << 24;

/// libpng's structures with their memory given back on every way out. An error jumps back to where libpng was called.
struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> unread;
  std::jmp_buf back;
  std::array<char, 128> text{};

  explicit Decoder(std::span<const std::byte> bytes) : unread(bytes) {}
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
};

[[noreturn]] void stop(png_structp png, png_const_charp message) {
  auto* decoder = static_cast<Decoder*>(png_get_error_ptr(png));
  std::snprintf(decoder->text.data(), decoder->text.size(), "%s", message);
  std::longjmp(decoder->back, 1);
}

void ignore(png_structp, png_const_charp) {}  // ancillary chunks: colour profiles, times, texts

void take(png_structp png, png_bytep target, std::size_t count) {
  auto* decoder = static_cast<Decoder*>(png_get_io_ptr(png));
  if (count > decoder->unread.size()) stop(png, "the file is cut short");
  std::memcpy(target, decoder->unread.data(), count);
  decoder->unread = decoder->unread.subspan(count);
}

// A jump skips destructors: the functions below hold nothing that has one. They return false where libpng gave up.

bool read_header(Decoder& d) {
  if (setjmp(d.back) != 0) return false;
  d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, stop, ignore);
  if (d.png == nullptr) return false;
  d.info = png_create_info_struct(d.png);
  if (d.info == nullptr) return false;
  png_set_read_fn(d.png, &d, take);
  png_set_chunk_malloc_max(d.png, kMostChunk);
  png_read_info(d.png, d.info);
  return true;
}

/// Palettes become colours, few bits become 8, a transparent colour becomes alpha. No gamma: samples are what they are.
bool settle_layout(Decoder& d) {
  if (setjmp(d.back) != 0) return false;
  png_set_expand(d.png);
  png_set_interlace_handling(d.png);
  png_read_update_info(d.png, d.info);
  return true;
}

bool read_samples(Decoder& d, png_bytepp rows) {
  if (setjmp(d.back) != 0) return false;
  png_read_image(d.png, rows);
  return true;
}

/// One sample of 8 or 16 bits laid on black with its alpha, as 8 bits: 65535 : 255, rounded.
std::uint8_t sample(const std::uint8_t* pixel, std::int64_t channel, std::int64_t alpha, bool wide) {
  const auto value = [&](std::int64_t c) {
    return wide ? std::uint64_t{pixel[2 * c]} * 256 + pixel[2 * c + 1] : std::uint64_t{pixel[c]};
  };
  const std::uint64_t most = wide ? 65535 : 255;
  const std::uint64_t opacity = alpha < 0 ? most : value(alpha);
  return static_cast<std::uint8_t>((2 * value(channel) * opacity * 255 + most * most) / (2 * most * most));
}

/// Memory for the one-call writer.
struct Image {
  png_image control{};
  Image() { control.version = PNG_IMAGE_VERSION; }
  ~Image() { png_image_free(&control); }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
};

}  // namespace

std::vector<std::byte> encode_png(const Raster& r) {
  const bool fits = r.height > 0 && r.width > 0 && (r.channels == 1 || r.channels == 3) &&
                    static_cast<std::int64_t>(r.pixels.size()) == r.height * r.width * r.channels;
  check(fits, "[io::encode_png] expected pixels (height, width, 1 or 3), not empty; received ", r.height, " x ",
        r.width, " x ", r.channels, " with ", r.pixels.size(), " values");
  Image image;
  image.control.width = static_cast<png_uint_32>(r.width);
  image.control.height = static_cast<png_uint_32>(r.height);
  image.control.format = r.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  check(png_image_write_get_memory_size(image.control, size, 0, r.pixels.data(), 0, nullptr) != 0,
        "[io::encode_png] libpng: ", image.control.message);
  std::vector<std::byte> bytes(size);
  check(png_image_write_to_memory(&image.control, bytes.data(), &size, 0, r.pixels.data(), 0, nullptr) != 0,
        "[io::encode_png] libpng: ", image.control.message);
  bytes.resize(size);
  return bytes;
}

Raster decode_png(std::span<const std::byte> bytes, const std::string& name) {
  Decoder decoder(bytes);
  check(read_header(decoder), name, ": not a PNG picture: ", decoder.text.data());
  Raster raster{png_get_image_height(decoder.png, decoder.info), png_get_image_width(decoder.png, decoder.info), 1, {}};
  check(raster.height * raster.width <= kMostPixels, name, ": ", raster.height, " x ", raster.width,
        " pixels; expected at most ", kMostPixels, " in all");
  check(settle_layout(decoder), name, ": damaged PNG picture: ", decoder.text.data());
  const std::int64_t stored = png_get_channels(decoder.png, decoder.info);
  const bool wide = png_get_bit_depth(decoder.png, decoder.info) == 16;
  const std::size_t row_size = png_get_rowbytes(decoder.png, decoder.info);
  const std::int64_t packed_row =
      (raster.width * stored + 23) / 24;  // 1-bit samples, expanded to 8 bits and 3 channels
  check(raster.height * packed_row / kMostExpansion <= std::ssize(bytes), name,
        ": damaged PNG picture: ", raster.height, " x ", raster.width, " pixels do not fit into ", bytes.size(),
        " bytes");
  std::vector<std::uint8_t> samples(row_size * static_cast<std::size_t>(raster.height));
  std::vector<png_bytep> rows;
  for (std::int64_t y = 0; y < raster.height; ++y)
    rows.push_back(samples.data() + row_size * static_cast<std::size_t>(y));
  check(read_samples(decoder, rows.data()), name, ": damaged PNG picture: ", decoder.text.data());
  raster.channels = stored < 3 ? 1 : 3;
  const std::int64_t alpha = stored % 2 == 0 ? stored - 1 : -1;
  raster.pixels.reserve(static_cast<std::size_t>(raster.height * raster.width * raster.channels));
  for (const std::uint8_t* row : rows)
    for (std::int64_t x = 0; x < raster.width; ++x)
      for (std::int64_t c = 0; c < raster.channels; ++c)
        raster.pixels.push_back(sample(row + x * stored * (wide ? 2 : 1), c, alpha, wide));
  return raster;
}

Raster load_png(const std::string& path) {
  return decode_png(read_file(path), path);
}

void save_png(const std::string& path, const Raster& raster) {
  atomic_write(path, encode_png(raster));
}

}  // namespace coset::io
