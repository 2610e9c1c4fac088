#include "coset/io/png.h"

#include <png.h>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"

namespace coset::io {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;

/// libpng's one-call interface with its memory given back on every way out.
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
  Image image;
  check(png_image_begin_read_from_memory(&image.control, bytes.data(), bytes.size()) != 0, name,
        ": not a PNG picture: ", image.control.message);
  Raster raster{image.control.height, image.control.width, 1, {}};
  check(raster.height * raster.width <= kMostPixels, name, ": ", raster.height, " x ", raster.width,
        " pixels; expected at most ", kMostPixels, " in all");
  const bool colour = (image.control.format & PNG_FORMAT_FLAG_COLOR) != 0;
  raster.channels = colour ? 3 : 1;
  image.control.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  raster.pixels.resize(static_cast<std::size_t>(raster.height * raster.width * raster.channels));
  const png_color black{0, 0, 0};
  check(png_image_finish_read(&image.control, &black, raster.pixels.data(), 0, nullptr) != 0, name,
        ": damaged PNG picture: ", image.control.message);
  return raster;
}

Raster load_png(const std::string& path) {
  return decode_png(read_file(path), path);
}

void save_png(const std::string& path, const Raster& raster) {
  atomic_write(path, encode_png(raster));
}

}  // namespace coset::io
