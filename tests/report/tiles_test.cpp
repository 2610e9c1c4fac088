#include "coset/report/tiles.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"

namespace coset::report {
namespace {

std::vector<int> pixel(const io::Raster& sheet, std::int64_t row, std::int64_t column) {
  const auto* p = sheet.pixels.data() + (row * sheet.width + column) * 3;
  return {p[0], p[1], p[2]};
}

TEST(TileSheet, PlacesAndColours) {
  const Tile numbers{1, 2, 1, {-2.0F, 0.0F}};
  const Tile colours{1, 1, 3, {1.0F, 0.0F, 2.0F}};
  const auto sheet = tile_sheet({{.tiles = {numbers, numbers}, .shade = Shade::diverging, .most = 2.0},
                                 {.tiles = {numbers, colours}, .shade = Shade::grey, .most = 2.0}},
                                3, 1);
  EXPECT_EQ(sheet.width, 1 + 6 + 1 + 6 + 1);
  EXPECT_EQ(sheet.height, 1 + 3 + 1 + 3 + 1);
  EXPECT_EQ(pixel(sheet, 0, 0), (std::vector{214, 214, 214}));  // the gap
  EXPECT_GT(pixel(sheet, 1, 1)[2], pixel(sheet, 1, 1)[0]);      // negative is blue
  EXPECT_EQ(pixel(sheet, 3, 3), pixel(sheet, 1, 1));            // one value, nine pixels
  EXPECT_EQ(pixel(sheet, 1, 4), (std::vector{255, 255, 255}));  // zero is white
  EXPECT_EQ(pixel(sheet, 5, 1), (std::vector{0, 0, 0}));        // grey below zero
  EXPECT_EQ(pixel(sheet, 5, 8), (std::vector{128, 0, 255}));
  EXPECT_EQ(largest({numbers, colours}), 2.0);
  EXPECT_EQ(largest({Tile{1, 1, 1, {0.0F}}}), 1.0);
}

TEST(TileSheet, Refuses) {
  EXPECT_THROW(tile_sheet({}, 1), Error);
  EXPECT_THROW(tile_sheet({{.tiles = {Tile{2, 2, 1, {1.0F}}}}}, 1), Error);
  EXPECT_THROW(tile_sheet({{.tiles = {Tile{1, 1, 2, {1.0F, 2.0F}}}}}, 1), Error);
  const auto sheet = tile_sheet({{.tiles = {Tile{1, 1, 1, {NAN}}}}}, 1, 0);
  EXPECT_EQ(pixel(sheet, 0, 0), (std::vector{255, 220, 0}));
}

}  // namespace
}  // namespace coset::report
