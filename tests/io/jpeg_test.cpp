#include "coset/io/jpeg.h"

#include <cstdlib>

#include "coset/io/atomic_write.h"
#include "tests/io/jpegs.h"
#include "tests/io/scratch.h"

namespace coset::io {
namespace {

class Jpeg : public Scratch {};

/// Smooth, so that compression keeps it nearly.
Raster gradient(std::int64_t channels) {
  Raster r{24, 32, channels, {}};
  for (std::int64_t i = 0; i < r.height; ++i)
    for (std::int64_t j = 0; j < r.width; ++j)
      for (std::int64_t c = 0; c < channels; ++c)
        r.pixels.push_back(static_cast<std::uint8_t>(40 + 3 * i + (c == 1 ? 0 : 2 * j) + 10 * c));
  return r;
}

TEST_F(Jpeg, ReadsGreyAndColour) {
  for (const std::int64_t channels : {1, 3})
    for (const bool progressive : {false, true}) {
      const Raster original = gradient(channels), read = decode_jpeg(encoded(original, progressive), "a");
      ASSERT_EQ(read.pixels.size(), original.pixels.size());
      EXPECT_EQ(read.height, original.height);
      EXPECT_EQ(read.channels, channels);
      int worst = 0;
      for (std::size_t k = 0; k < read.pixels.size(); ++k)
        worst = std::max(worst, std::abs(int{read.pixels[k]} - int{original.pixels[k]}));
      EXPECT_LE(worst, 6) << "compression at quality 95";
    }
}

TEST_F(Jpeg, DamageIsOneClearLine) {
  for (const bool progressive : {false, true}) {
    const auto bytes = encoded(gradient(3), progressive);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::string error = error_of([&] { decode_jpeg({bytes.data(), size}, "p"); });
      EXPECT_EQ(error.rfind("p: ", 0), 0U) << size << " of " << bytes.size() << ": " << error;
      EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    }
  }
}

TEST_F(Jpeg, ManyScansAreRefused) {
  // One scan a coefficient, then one a bit of it: each costs a pass over the picture.
  std::vector<jpeg_scan_info> scans{{1, {0}, 0, 0, 0, 0}};
  for (int bit : {1, 0})
    for (int k = 1; k < 64; ++k) scans.push_back({1, {0}, k, k, bit == 1 ? 0 : 1, bit});
  EXPECT_NE(error_of([&] { decode_jpeg(encoded(gradient(1), true, scans), "p"); }).find("more than 64 scans"),
            std::string::npos);
  scans.resize(64);
  for (auto& scan : scans) scan.Al = 0;
  EXPECT_EQ(decode_jpeg(encoded(gradient(1), true, scans), "p").height, gradient(1).height);
}

TEST_F(Jpeg, PicturesAreToldApartByTheirBytes) {
  const auto jpeg = encoded(gradient(3), false);
  atomic_write(path("a.png"), jpeg);  // the name does not matter
  EXPECT_EQ(load_picture(path("a.png")), decode_jpeg(jpeg, "a"));
  save_png(path("b.jpg"), gradient(1));
  EXPECT_EQ(load_picture(path("b.jpg")), gradient(1));
  atomic_write(path("c.jpg"), std::string("GIF89a, or so it says"));
  EXPECT_NE(error_of([&] { load_picture(path("c.jpg")); }).find("expected a PNG or JPEG picture"), std::string::npos);
}

}  // namespace
}  // namespace coset::io
