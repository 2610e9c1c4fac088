#include "coset/report/tiles.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "coset/base/error.h"

namespace coset::report {
namespace {

using Colour = std::array<std::uint8_t, 3>;

constexpr std::uint8_t kBetween = 214;  // grey, so that white tiles have an edge

std::uint8_t byte(double part) {
  return static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(part, 0.0, 1.0)));
}

Colour colour_of(double value, const SheetRow& row) {
  if (!std::isfinite(value)) return {255, 220, 0};
  const double part = value / row.most;
  if (row.shade == Shade::grey) return {byte(part), byte(part), byte(part)};
  const double pale = 1.0 - std::min(1.0, std::abs(part));
  return part < 0 ? Colour{byte(pale), byte(0.35 + 0.65 * pale), byte(0.7 + 0.3 * pale)}
                  : Colour{byte(0.8 + 0.2 * pale), byte(0.15 + 0.85 * pale), byte(pale)};
}

void draw(io::Raster& sheet, const Tile& tile, const SheetRow& row, std::int64_t top, std::int64_t left,
          std::int64_t zoom) {
  for (std::int64_t i = 0; i < tile.height * zoom; ++i)
    for (std::int64_t j = 0; j < tile.width * zoom; ++j) {
      const float* value = tile.values.data() + ((i / zoom) * tile.width + j / zoom) * tile.channels;
      Colour colour{};
      if (tile.channels == 1)
        colour = colour_of(static_cast<double>(*value), row);
      else
        for (std::size_t c = 0; c < 3; ++c) colour[c] = byte(static_cast<double>(value[c]) / row.most);
      std::copy(colour.begin(), colour.end(), sheet.pixels.begin() + ((top + i) * sheet.width + left + j) * 3);
    }
}

std::int64_t tallest(const SheetRow& row) {
  std::int64_t height = 0;
  for (const Tile& tile : row.tiles) height = std::max(height, tile.height);
  return height;
}

}  // namespace

io::Raster tile_sheet(const std::vector<SheetRow>& rows, std::int64_t zoom, std::int64_t gap) {
  io::Raster sheet{gap, 0, 3, {}};
  for (const SheetRow& row : rows) {
    std::int64_t width = gap;
    for (const Tile& tile : row.tiles) {
      check(tile.channels == 1 || tile.channels == 3, "[report::tile_sheet] expected 1 or 3 channels; received ",
            tile.channels);
      check(static_cast<std::int64_t>(tile.values.size()) == tile.height * tile.width * tile.channels,
            "[report::tile_sheet] expected ", tile.height, " x ", tile.width, " x ", tile.channels,
            " values; received ", tile.values.size());
      width += tile.width * zoom + gap;
    }
    sheet.width = std::max(sheet.width, width);
    sheet.height += tallest(row) * zoom + gap;
  }
  check(sheet.width > gap && sheet.height > gap, "[report::tile_sheet] expected at least one tile; received none");
  sheet.pixels.assign(static_cast<std::size_t>(sheet.height * sheet.width * 3), kBetween);
  std::int64_t top = gap;
  for (const SheetRow& row : rows) {
    std::int64_t left = gap;
    for (const Tile& tile : row.tiles) {
      draw(sheet, tile, row, top, left, zoom);
      left += tile.width * zoom + gap;
    }
    top += tallest(row) * zoom + gap;
  }
  return sheet;
}

double largest(const std::vector<Tile>& tiles) {
  double most = 0.0;
  for (const Tile& tile : tiles)
    for (const float value : tile.values)
      if (std::isfinite(value)) most = std::max(most, std::abs(static_cast<double>(value)));
  return most > 0.0 ? most : 1.0;
}

}  // namespace coset::report
