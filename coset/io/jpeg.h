/// JPEG pictures through libjpeg: what cameras and web pages write; read only.
#pragma once

#include "coset/io/png.h"  // Raster

namespace coset::io {

/// Baseline and progressive, 8 bits: grey gives 1 channel, colour 3. The rotation tag of cameras is not applied.
/// `name` stands in messages. @throws coset::Error "NAME: ..." on a damaged or truncated picture (anything libjpeg
/// would only warn of and fill in with grey too), CMYK, more than 2^26 pixels, or more than 64 scans
Raster decode_jpeg(std::span<const std::byte> bytes, const std::string& name);

/// A PNG or JPEG file, told apart by its first bytes. @throws coset::Error on any other
Raster load_picture(const std::string& path);

}  // namespace coset::io
