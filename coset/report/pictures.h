/// Pictures of a run: RUN_FOLDER/pictures/ and its captions.json.
///
/// captions.json: {"NAME.png": "caption"} or {"NAME.png": {"caption", "rows"?, "columns"?: [{"text", "at"}]}}, where
/// `at` is the middle of a row or column of tiles as a part of the picture's height or width.
#pragma once

#include <string>
#include <vector>

#include "coset/io/png.h"
#include "coset/report/tiles.h"

namespace coset::report {

struct Label {
  std::string text;
  double at = 0.0;  ///< 0 .. 1
};

struct Picture {
  std::string name;   ///< "filters.png"
  std::string bytes;  ///< of the file
  std::string caption;
  std::vector<Label> rows, columns;
};

/// The *.svg and *.png files of the folder in order of name. @throws coset::Error on captions of another form
std::vector<Picture> read_pictures(const std::string& folder);

/// A sheet of tiles and the words beside it.
struct Sheet {
  std::string name;  ///< of the file, without ".png"
  std::string caption;
  std::vector<SheetRow> rows;
  std::vector<std::string> row_labels;     ///< one a row, or none
  std::vector<std::string> column_labels;  ///< one a tile of the longest row, or none
  std::int64_t zoom = 4;
};

/// Writes the sheet into RUN_FOLDER/pictures/NAME.png and its caption; where another picture has that name already, into
/// NAME-2.png, NAME-3.png, ... Returns the file's path. The same sheet twice is one picture.
std::string write_picture(const std::string& run_folder, const Sheet& sheet);

}  // namespace coset::report
