/// Small images side by side on one sheet: filters, feature maps, comparisons.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/io/png.h"

namespace coset::report {

/// Numbers (height, width) or colours (height, width, 3) row-major.
struct Tile {
  std::int64_t height = 0, width = 0, channels = 1;
  std::vector<float> values;
};

/// How numbers become colours.
enum class Shade {
  grey,      ///< black at 0 and below, white at `most`
  diverging  ///< blue below 0, white at 0, red above, saturated at +- `most`
};

struct SheetRow {
  std::vector<Tile> tiles;
  Shade shade = Shade::grey;
  double most = 1.0;  ///< the value of full colour; colours are values over `most` in 0 .. 1
};

/// Rows from top to bottom, tiles from left to right, every value a square of `zoom` pixels, grey gaps between tiles.
/// Values that are not finite are yellow. @throws coset::Error on a tile whose sizes do not agree, or an empty sheet
io::Raster tile_sheet(const std::vector<SheetRow>& rows, std::int64_t zoom, std::int64_t gap = 4);

/// Largest absolute value; 1 when all are zero.
double largest(const std::vector<Tile>& tiles);

}  // namespace coset::report
