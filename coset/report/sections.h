/// The sections of the page, each from the text of its file; internal to this room. Those of the result and of the
/// certificate have files of their own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coset/report/pictures.h"

namespace coset::report {

/// A section of the page: its heading, its HTML, and data for page.js (JSON, or "" for none).
struct Section {
  std::string id;
  std::string heading;
  std::string html;
  std::string json;
};

/// [{split, name, x: [epoch or step], y: [value], run?}] from the lines of metrics.jsonl; at most 1,500 points a curve.
/// `run` names the run where several stand on one page; `name` stands in error messages: the file's path.
std::string curves_json(const std::vector<std::string>& lines, const std::string& name, const std::string& run = "");

Section curves_section(const std::string& json);
Section trajectories_section(std::string_view json, const std::string& name);
Section pictures_section(const std::vector<Picture>& pictures);
Section config_section(std::string_view yaml);

}  // namespace coset::report
