#include "coset/io/jpeg.h"

#include <array>
#include <csetjmp>
#include <cstdio>  // jpeglib.h expects it

#include <jpeglib.h>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"

namespace coset::io {
namespace {

constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;
constexpr int kMostScans = 64;  // encoders write ten; each costs a pass over the picture, however few its bytes

/// libjpeg reports through these; an error jumps back to where it was called.
struct Report {
  jpeg_error_mgr manager;
  std::jmp_buf back;
  std::array<char, JMSG_LENGTH_MAX> text;
};

[[noreturn]] void stop(j_common_ptr info) {
  auto* report = reinterpret_cast<Report*>(info->err);  // manager is its first member
  info->err->format_message(info, report->text.data());
  std::longjmp(report->back, 1);
}

/// Warnings (corrupt or missing data) are errors: libjpeg would go on with invented pixels.
void warn(j_common_ptr info, int level) {
  if (level < 0) stop(info);
}

/// libjpeg calls this as it goes; it counts scans, of which a progressive picture may claim any number.
void limit_scans(j_common_ptr info) {
  if (!info->is_decompressor) return;
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMostScans) return;
  auto* report = reinterpret_cast<Report*>(info->err);
  std::snprintf(report->text.data(), report->text.size(), "more than %d scans", kMostScans);
  std::longjmp(report->back, 1);
}

/// A decoder whose memory is given back on every way out.
struct Decoder {
  jpeg_decompress_struct info{};
  Report report{};
  jpeg_progress_mgr progress{};

  Decoder() {
    info.err = jpeg_std_error(&report.manager);
    report.manager.error_exit = stop;
    report.manager.emit_message = warn;
  }
  ~Decoder() { jpeg_destroy_decompress(&info); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
};

// A jump skips destructors: the two functions below hold nothing that has one. They return false where libjpeg gave up.

bool read_header(Decoder& d, std::span<const std::byte> bytes) {
  if (setjmp(d.report.back) != 0) return false;
  jpeg_create_decompress(&d.info);
  d.progress.progress_monitor = limit_scans;
  d.info.progress = &d.progress;
  jpeg_mem_src(&d.info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&d.info, TRUE);
  return true;
}

bool read_pixels(Decoder& d, std::uint8_t* pixels, std::size_t row_size) {
  if (setjmp(d.report.back) != 0) return false;
  jpeg_start_decompress(&d.info);
  while (d.info.output_scanline < d.info.output_height) {
    JSAMPROW row = pixels + row_size * d.info.output_scanline;
    jpeg_read_scanlines(&d.info, &row, 1);
  }
  jpeg_finish_decompress(&d.info);
  return true;
}

}  // namespace

Raster decode_jpeg(std::span<const std::byte> bytes, const std::string& name) {
  Decoder decoder;
  const auto refuse = [&](const char* what) { fail(name, ": ", what, " JPEG picture: ", decoder.report.text.data()); };
  if (!read_header(decoder, bytes)) refuse("not a");
  const auto& info = decoder.info;
  Raster raster{info.image_height, info.image_width, info.num_components == 1 ? 1 : 3, {}};
  check(info.num_components == 1 || info.num_components == 3, name, ": expected a grey or colour picture; received ",
        info.num_components, " components");
  check(raster.height * raster.width <= kMostPixels, name, ": ", raster.height, " x ", raster.width,
        " pixels; expected at most ", kMostPixels, " in all");
  decoder.info.out_color_space = raster.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  raster.pixels.resize(static_cast<std::size_t>(raster.height * raster.width * raster.channels));
  if (!read_pixels(decoder, raster.pixels.data(), static_cast<std::size_t>(raster.width * raster.channels)))
    refuse("damaged");
  return raster;
}

Raster load_picture(const std::string& path) {
  const auto bytes = read_file(path);
  const auto begins = [&](std::initializer_list<int> with) {
    std::size_t i = 0;
    for (int value : with)
      if (i >= bytes.size() || bytes[i++] != std::byte(value)) return false;
    return true;
  };
  if (begins({0x89, 'P', 'N', 'G'})) return decode_png(bytes, path);
  check(begins({0xFF, 0xD8, 0xFF}), path, ": expected a PNG or JPEG picture; received something else");
  return decode_jpeg(bytes, path);
}

}  // namespace coset::io
