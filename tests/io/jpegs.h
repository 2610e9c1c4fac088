/// JPEG files for tests: the library only reads them.
#pragma once

#include <cstdio>  // jpeglib.h expects it
#include <cstdlib>
#include <vector>

#include <jpeglib.h>

#include "coset/io/png.h"

namespace coset::io {

inline std::vector<std::byte> encoded(Raster r, bool progressive, const std::vector<jpeg_scan_info>& scans = {}) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_width = static_cast<JDIMENSION>(r.width);
  info.image_height = static_cast<JDIMENSION>(r.height);
  info.input_components = static_cast<int>(r.channels);
  info.in_color_space = r.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 95, TRUE);
  if (progressive) jpeg_simple_progression(&info);
  if (!scans.empty()) {
    info.scan_info = scans.data();
    info.num_scans = static_cast<int>(scans.size());
  }
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = r.pixels.data() + static_cast<std::size_t>(r.width * r.channels) * info.next_scanline;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  const auto* first = reinterpret_cast<const std::byte*>(buffer);
  const std::vector<std::byte> bytes(first, first + size);
  jpeg_destroy_compress(&info);
  std::free(buffer);
  return bytes;
}

}  // namespace coset::io
