#include "coset/io/png.h"

#include "tests/io/scratch.h"

namespace coset::io {
namespace {

class Png : public Scratch {};

Raster gradient(std::int64_t channels) {
  Raster r{5, 7, channels, {}};
  for (std::int64_t k = 0; k < 5 * 7 * channels; ++k) r.pixels.push_back(static_cast<std::uint8_t>(k * 37));
  return r;
}

TEST_F(Png, ReadsWhatItWrites) {
  for (const std::int64_t channels : {1, 3}) {
    save_png(path("a.png"), gradient(channels));
    EXPECT_EQ(load_png(path("a.png")), gradient(channels));
  }
}

TEST_F(Png, DamageIsOneClearLine) {
  const auto bytes = encode_png(gradient(3));
  // Every prefix without all the pixels is refused; libpng forgives a missing end chunk (12 bytes) and checksum (4).
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
