#include "coset/report/pictures.h"

#include <algorithm>
#include <filesystem>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/report/json_view.h"

namespace coset::report {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kGap = 4;

std::vector<Label> labels_of(const Json& list) {
  std::vector<Label> labels;
  for (const Json& label : list) labels.push_back({label.at("text").get<std::string>(), label.at("at").get<double>()});
  return labels;
}

void describe(Picture& picture, const Json& about) {
  if (about.is_string()) {
    picture.caption = about.get<std::string>();
    return;
  }
  picture.caption = about.at("caption").get<std::string>();
  picture.rows = labels_of(about.value("rows", Json::array()));
  picture.columns = labels_of(about.value("columns", Json::array()));
}

Json captions_of(const std::string& folder) {
  const std::string file = folder + "/captions.json";
  return fs::exists(file) ? parsed(io::read_text_file(file), file) : Json::object();
}

/// Middles of the tiles along one direction, from their sizes.
Json label_list(const std::vector<std::string>& texts, const std::vector<std::int64_t>& sizes, std::int64_t whole) {
  Json list = Json::array();
  std::int64_t begin = kGap;
  for (std::size_t i = 0; i < std::min(texts.size(), sizes.size()); ++i) {
    list.push_back(
        {{"text", texts[i]},
         {"at", (static_cast<double>(begin) + static_cast<double>(sizes[i]) / 2) / static_cast<double>(whole)}});
    begin += sizes[i] + kGap;
  }
  return list;
}

Json caption_of(const Sheet& sheet, const io::Raster& raster) {
  std::vector<std::int64_t> heights, widths;
  for (const SheetRow& row : sheet.rows) {
    std::int64_t height = 0;
    for (const Tile& tile : row.tiles) height = std::max(height, tile.height * sheet.zoom);
    heights.push_back(height);
    for (std::size_t i = 0; i < row.tiles.size(); ++i) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], row.tiles[i].width * sheet.zoom);
    }
  }
  Json about{{"caption", sheet.caption}};
  if (!sheet.row_labels.empty()) about["rows"] = label_list(sheet.row_labels, heights, raster.height);
  if (!sheet.column_labels.empty()) about["columns"] = label_list(sheet.column_labels, widths, raster.width);
  return about;
}

}  // namespace

std::vector<Picture> read_pictures(const std::string& folder) {
  std::vector<Picture> pictures;
  if (!fs::is_directory(folder)) return pictures;
  const Json captions = captions_of(folder);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.') || (!name.ends_with(".svg") && !name.ends_with(".png"))) continue;
    pictures.push_back(
        {.name = name, .bytes = io::read_text_file(entry.path().string()), .caption = "", .rows = {}, .columns = {}});
    try {
      if (captions.contains(name)) describe(pictures.back(), captions[name]);
    } catch (const Json::exception&) {
      fail(folder,
           "/captions.json: expected {\"name.svg\": \"caption\"} or {\"name.svg\": {caption, rows, columns}}; "
           "received something else");
    }
  }
  std::sort(pictures.begin(), pictures.end(), [](const Picture& a, const Picture& b) { return a.name < b.name; });
  return pictures;
}

std::string write_picture(const std::string& run_folder, const Sheet& sheet) {
  const std::string folder = run_folder + "/pictures";
  fs::create_directories(folder);
  const io::Raster raster = tile_sheet(sheet.rows, sheet.zoom, kGap);
  const std::vector<std::byte> bytes = io::encode_png(raster);
  std::string name;
  for (int n = 1;; ++n) {
    name = sheet.name + (n == 1 ? "" : "-" + std::to_string(n)) + ".png";
    if (!fs::exists(folder + "/" + name) || io::read_file(folder + "/" + name) == bytes) break;
  }
  io::atomic_write(folder + "/" + name, bytes);
  Json captions = captions_of(folder);
  captions[name] = caption_of(sheet, raster);
  io::atomic_write(folder + "/captions.json", captions.dump(2) + "\n");
  return folder + "/" + name;
}

}  // namespace coset::report
