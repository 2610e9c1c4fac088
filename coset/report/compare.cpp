#include "coset/report/compare.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/io/json_lines.h"
#include "coset/io/settings_text.h"
#include "coset/report/document.h"
#include "coset/report/json_view.h"
#include "coset/report/markup.h"
#include "coset/report/sections.h"

namespace coset::report {
namespace {

namespace fs = std::filesystem;

struct Run {
  std::string name;
  Assignments settings;
  Json result = Json::object();
  Json curves = Json::array();
};

/// The shortest ends of the paths that tell the folders apart.
std::vector<std::string> names_of(std::span<const std::string> folders) {
  std::vector<std::string> names(folders.size());
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const fs::path path = fs::weakly_canonical(folders[i]);
    names[i] = path.filename().string();
    for (std::size_t j = 0; j < folders.size(); ++j)
      if (j != i && fs::weakly_canonical(folders[j]).filename() == path.filename()) names[i] = folders[i];
  }
  return names;
}

Run read_run(const std::string& folder, const std::string& name) {
  Run run{.name = name, .settings = {}};
  const std::string config = folder + "/config.yaml";
  check(fs::exists(config), folder, ": expected the folder of a run; there is no config.yaml in it");
  run.settings = io::assignments_from_yaml(io::read_text_file(config), config);
  if (const std::string file = folder + "/result.json"; fs::exists(file))
    run.result = parsed(io::read_text_file(file), file);
  if (const std::string file = folder + "/metrics.jsonl"; fs::exists(file))
    run.curves = Json::parse(curves_json(io::read_json_lines(file), file, name));
  return run;
}

/// One row a key, one column a run; `keys` in order of appearance.
std::string table_html(const std::vector<Run>& runs, const char* what,
                       const std::vector<std::pair<std::string, std::vector<std::string>>>& rows) {
  std::string html = "<div class=\"scroll\"><table class=\"comparison\"><thead><tr><th>" + std::string(what);
  for (const Run& run : runs) html += "<th class=\"n\">" + escaped(run.name);
  html += "</thead><tbody>";
  for (const auto& [key, cells] : rows) {
    html += "<tr><td>" + escaped(key);
    for (const std::string& cell : cells) html += "<td class=\"n\">" + cell;
  }
  return html + "</tbody></table></div>";
}

template <class Value>
std::vector<std::pair<std::string, std::vector<std::string>>> rows_of(const std::vector<Run>& runs,
                                                                      const Value& value) {
  std::vector<std::pair<std::string, std::vector<std::string>>> rows;
  for (std::size_t r = 0; r < runs.size(); ++r)
    for (const auto& [key, text] : value(runs[r])) {
      const auto known = std::find_if(rows.begin(), rows.end(), [&k = key](const auto& row) { return row.first == k; });
      auto& cells =
          known == rows.end() ? rows.emplace_back(key, std::vector<std::string>(runs.size())).second : known->second;
      cells[r] = text;
    }
  return rows;
}

Section results(const std::vector<Run>& runs) {
  const auto rows = rows_of(runs, [](const Run& run) {
    std::vector<std::pair<std::string, std::string>> numbers;
    for (const auto& [key, value] : run.result.items())
      if (value.is_number()) numbers.emplace_back(words(key), value_text(value));
    return numbers;
  });
  return {.id = "results", .heading = "Results", .html = table_html(runs, "number", rows), .json = ""};
}

Section settings(const std::vector<Run>& runs) {
  auto rows = rows_of(runs, [](const Run& run) {
    std::vector<std::pair<std::string, std::string>> texts;
    for (const auto& [key, value] : run.settings) texts.emplace_back(key, escaped(value));
    return texts;
  });
  const std::size_t all = rows.size();
  std::erase_if(rows, [](const auto& row) {
    return std::all_of(row.second.begin(), row.second.end(), [&](const auto& cell) { return cell == row.second[0]; });
  });
  const std::size_t equal = all - rows.size();
  const std::string same = std::to_string(equal) + (equal == 1 ? " further setting is" : " further settings are") +
                           " the same in all of these runs.";
  return {.id = "settings",
          .heading = "Settings that differ",
          .html = (rows.empty() ? "" : table_html(runs, "setting", rows)) + "<p class=\"note\">" + same + "</p>",
          .json = ""};
}

}  // namespace

std::string compare(std::span<const std::string> run_folders) {
  check(run_folders.size() >= 2, "[report::compare] expected two run folders or more; received ", run_folders.size());
  const std::vector<std::string> names = names_of(run_folders);
  std::vector<Run> runs;
  for (std::size_t i = 0; i < names.size(); ++i) runs.push_back(read_run(run_folders[i], names[i]));
  Json curves = Json::array();
  for (const Run& run : runs)
    for (const Json& curve : run.curves) curves.push_back(curve);
  std::string head = "<header><p class=\"eyebrow\">Coset comparison</p><h1>" + std::to_string(runs.size()) +
                     " runs</h1><p class=\"note\">";
  for (const std::string& name : names) head += (name == names[0] ? "" : ", ") + escaped(name);
  std::vector<Section> sections{results(runs), settings(runs)};
  if (!curves.empty()) sections.push_back(curves_section(curves.dump()));
  return document("comparison", head + "</p></header>", sections);
}

void write_comparison(std::span<const std::string> run_folders, const std::string& file) {
  io::atomic_write(file, compare(run_folders));
}

}  // namespace coset::report
