#include "coset/task/image_classification.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "coset/base/error.h"
#include "coset/io/jpeg.h"
#include "coset/io/npz.h"
#include "coset/model/image_model.h"
#include "coset/ops/array.h"
#include "coset/report/page.h"
#include "coset/report/pictures.h"
#include "coset/report/tiles.h"
#include "coset/task/run.h"

namespace coset::task {

namespace {

using report::Shade;
using report::SheetRow;
using report::Tile;

constexpr std::int64_t kFieldsShown = 4, kElementsShown = 32, kLayersShown = 3;
constexpr std::int64_t kSheetWidth = 900;  // pixels, roughly

/// (h, w) or (3, h, w) to a tile.
Tile tile(const Tensor& values) {
  const Tensor t = (values.dim() == 3 ? values.permute({1, 2, 0}) : values.unsqueeze(2)).to(at::kFloat).contiguous();
  return {t.size(0), t.size(1), t.size(2), {t.data_ptr<float>(), t.data_ptr<float>() + t.numel()}};
}

/// (n, h, w) to n tiles, at most `most`.
std::vector<Tile> tiles(const Tensor& values, std::int64_t most) {
  std::vector<Tile> row;
  for (std::int64_t i = 0; i < std::min(most, values.size(0)); ++i) row.push_back(tile(values[i]));
  return row;
}

std::int64_t zoom_for(const std::vector<SheetRow>& rows) {
  std::int64_t width = 1;
  for (const SheetRow& row : rows) {
    std::int64_t sum = 0;
    for (const Tile& t : row.tiles) sum += t.width;
    width = std::max(width, sum);
  }
  return std::clamp<std::int64_t>(kSheetWidth / width, 1, 16);
}

std::vector<std::string> numbered(const char* word, std::size_t count) {
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < count; ++i) labels.push_back(word + std::to_string(i));
  return labels;
}

/// Pictures in the order they are added; written together at the end. Rows without labels are fields, columns elements.
struct Album {
  std::vector<report::Sheet> pictures;

  void add(const std::string& name, const std::vector<SheetRow>& rows, const std::string& caption,
           const std::vector<std::string>& labels = {}) {
    std::size_t columns = 0;
    for (const SheetRow& row : rows) columns = std::max(columns, row.tiles.size());
    pictures.push_back({.name = fmt::format("{}-{}", pictures.size() + 1, name),
                        .caption = caption,
                        .rows = rows,
                        .row_labels = labels.empty() ? numbered("field ", rows.size()) : labels,
                        .column_labels = columns > 1 ? numbered("", columns) : std::vector<std::string>{},
                        .zoom = zoom_for(rows)});
  }
};

std::string columns_of(const group::GroupGrid& group) {
  if (group.size <= kElementsShown) return "one column per element of " + group.name;
  return fmt::format("the first {} of the {} elements of {}", kElementsShown, group.size, group.name);
}

SheetRow signed_row(std::vector<Tile> row) {
  const double most = report::largest(row);
  return {std::move(row), Shade::diverging, most};
}

/// One image (1, C, H, W) in 0 .. 255 from a PNG or JPEG file or the first of an npz file.
Tensor load_image(const std::string& path, const model::ImageModelOptions& options) {
  Tensor image;  // (H, W, C)
  if (std::filesystem::path(path).extension() == ".npz") {
    const io::Arrays arrays = io::load_npz(path, {"images"});
    const Tensor all = ops::to_tensor(arrays.at("images"));
    check((all.dim() == 3 || all.dim() == 4) && all.size(0) > 0 && all.scalar_type() == at::kByte, path,
          ": expected images (N, H, W) or (N, H, W, 3) of type u1; received ", shape_text(all.sizes()));
    image = all.dim() == 3 ? all[0].unsqueeze(2) : all[0];
  } else {
    const io::Raster raster = io::load_picture(path);
    image = ops::to_tensor(io::Array::from(raster.pixels, {raster.height, raster.width, raster.channels}));
  }
  check(image.size(0) == options.size && image.size(1) == options.size, path, ": expected an image of ", options.size,
        " x ", options.size, " pixels; received ", image.size(0), " x ", image.size(1));
  image = image.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat);
  if (options.channels == 1 && image.size(1) == 3) image = image.mean(1, true);
  if (options.channels == 3 && image.size(1) == 1) image = image.expand({1, 3, -1, -1});
  return image.contiguous();
}

void add_filters(Album& album, const model::ImageModel& model) {
  const Tensor whole = model.chain().first_bank();
  if (!whole.defined()) return;
  const Tensor bank = whole.detach().select(3, 0).mean(2);  // (O, n_out, k, k), mean over input fields
  std::vector<SheetRow> rows;
  for (std::int64_t o = 0; o < std::min<std::int64_t>(2 * kFieldsShown, bank.size(0)); ++o)
    rows.push_back(signed_row(tiles(bank[o], kElementsShown)));
  album.add("filters", rows,
            fmt::format("Filters of the first layer: one row per field, {}. Red is positive, blue negative.",
                        columns_of(model.chain().in().group())));
}

void add_features(Album& album, const std::vector<model::NamedField>& maps) {
  std::int64_t shown = 0;
  for (const auto& [name, field] : maps) {
    if (shown == kLayersShown || field.data().size(-1) < 4) break;
    if (name.rfind("conv", 0) != 0 && name.rfind("block", 0) != 0) continue;
    const Tensor fibres = field.fibres()[0];  // (fields, dim, H, W)
    std::vector<SheetRow> rows;
    for (std::int64_t k = 0; k < std::min(kFieldsShown, fibres.size(0)); ++k)
      rows.push_back(signed_row(tiles(fibres[k], kElementsShown)));
    album.add("features", rows,
              fmt::format("Feature maps after {} ({}): one row per field, {}.", name, field.type().to_string(),
                          fibres.size(1) > 1 ? columns_of(field.type().group()) : "one column"));
    ++shown;
  }
}

/// The first element other than the identity that moves pixels exactly, a rotation if there is one; or -1.
std::int64_t exact_element(const group::GroupGrid& grid) {
  for (const bool rotation : {true, false})
    for (std::int64_t h = 0; h < grid.size; ++h)
      if (grid.on_lattice(h) && h != grid.identity() && (grid.determinant(h) > 0) == rotation) return h;
  return -1;
}

/// max |a - b| / max |b|
double largest_difference(const Tensor& a, const Tensor& b) {
  const double most = b.abs().max().item<double>();
  return (a - b).abs().max().item<double>() / (most > 0.0 ? most : 1.0);
}

/// x and its maps; hx and its maps; the maps of x moved by h; the difference.
void add_square(Album& album, const model::ImageModel& model, const Tensor& image) {
  const auto& grid = *model.symmetry();
  const std::int64_t h = exact_element(grid);
  if (h < 0) return;
  const Tensor moved_image = field::move_pixels(grid, h, image);
  const auto maps = model.chain().maps(model.prepared(image));
  const auto of_moved = model.chain().maps(model.prepared(moved_image));
  std::size_t deepest = 0;
  for (std::size_t i = 0; i < maps.size(); ++i)
    if (2 * maps[i].field.data().size(-1) >= image.size(-1)) deepest = i;  // small ones say little to the eye
  const field::Field& f = maps[deepest].field;
  const bool carried = f.type().group() == grid;
  const Tensor expected = carried ? f.transform(h).data() : field::move_pixels(grid, h, f.data());
  const Tensor found = of_moved[deepest].field.data();
  const std::int64_t shown = std::min(kElementsShown, f.fibres().size(2) > 1 ? f.fibres().size(2) : kFieldsShown);
  const auto row = [&](const Tensor& maps_of) { return tiles(maps_of[0], shown); };
  std::vector<SheetRow> rows{{{tile(image[0]), tile(moved_image[0])}, Shade::grey, 255.0},
                             signed_row(row(f.data())),
                             signed_row(row(found)),
                             signed_row(row(expected))};
  SheetRow difference{row(found - expected), Shade::diverging, rows[2].most};
  rows.push_back(difference);
  album.add(
      "square", rows,
      fmt::format(
          "The commuting square at {}: the image x and hx, moved by an element of {}; the maps of x; the maps "
          "of hx; the maps of x moved by h; their difference in the same colours. Largest difference {:.1e} of the "
          "largest value.",
          maps[deepest].name, grid.name, largest_difference(found, expected)),
      {"x and hx", "maps of x", "maps of hx", "maps of x, moved", "difference"});
}

}  // namespace

void show_image(model::Loaded& loaded, const std::string& run, const std::string& in) {
  namespace fs = std::filesystem;
  check(fs::is_directory(run), run, ": expected a run folder");
  torch::NoGradGuard guard;
  auto* model = dynamic_cast<model::ImageModel*>(loaded.model.get());
  check(model != nullptr, run, ": expected an image model; received ", loaded.architecture);
  model->to(at::kFloat);
  const Tensor image = load_image(in, model->options());
  Album album;
  add_filters(album, *model);
  add_features(album, model->chain().maps(model->prepared(image)));
  add_square(album, *model, image);
  for (const report::Sheet& sheet : album.pictures) std::printf("%s\n", report::write_picture(run, sheet).c_str());
  report::write_page(run);
}

}  // namespace coset::task
