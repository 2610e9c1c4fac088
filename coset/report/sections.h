/// The sections of the page, each from the text of its file; internal to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coset::report {

/// A section of the page: its heading, its HTML, and data for page.js (JSON, or "" for none).
struct Section {
  std::string id;
  std::string heading;
  std::string html;
  std::string json;
};

struct Picture {
  std::string name;
  std::string bytes;
  std::string caption;
};

struct PublishedTable;

/// `name` stands in error messages: the file's path. `published` is empty where the task has no numbers to compare.
Section result_section(std::string_view json, const PublishedTable& published, const std::string& name);
Section curves_section(const std::vector<std::string>& lines, const std::string& name);
Section trajectories_section(std::string_view json, const std::string& name);
Section certificate_section(std::string_view json, const std::string& name);
Section pictures_section(const std::vector<Picture>& pictures);
Section config_section(std::string_view yaml);

/// The page's title, and the figures under it: from result.json and certificate.json ("" for a missing file).
std::string masthead(std::string_view result, std::string_view certificate, const std::string& folder_name);

/// Text made safe between tags and inside quoted attributes.
std::string escaped(std::string_view text);

}  // namespace coset::report
