/// PNG pictures through libpng: 8 bits per channel, grey or red-green-blue.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace coset::io {

/// Pixels (height, width, channels) row-major, 0 .. 255; 1 channel is grey, 3 are red, green, blue.
struct Raster {
  std::int64_t height = 0, width = 0, channels = 1;
  std::vector<std::uint8_t> pixels;
  bool operator==(const Raster&) const = default;
};

/// The bytes of a PNG file. @throws coset::Error on a raster whose sizes do not agree
std::vector<std::byte> encode_png(const Raster& raster);

/// Every colour type, 1 to 16 bits, interlaced or not. Grey pictures give 1 channel, all others 3. Samples are what they
/// are: 16 bits are scaled 65535 : 255, gAMA and colour profiles are not applied (the programs that make training data
/// do not either), transparency is laid on black in proportion to alpha.
/// `name` stands in messages. @throws coset::Error "NAME: ..." on anything libpng refuses, or more than 2^26 pixels
Raster decode_png(std::span<const std::byte> bytes, const std::string& name);

Raster load_png(const std::string& path);
/// Atomic (coset/io/atomic_write.h).
void save_png(const std::string& path, const Raster& raster);

}  // namespace coset::io
