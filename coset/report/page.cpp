#include "coset/report/page.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/io/json_lines.h"
#include "coset/report/embedded.h"
#include "coset/report/published.h"
#include "coset/report/sections.h"

namespace coset::report {
namespace {

namespace fs = std::filesystem;

/// Nothing but what stands in the page itself may run, load or be sent.
constexpr const char* kPolicy =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; style-src "
    "'unsafe-inline'; img-src data:\">";

/// The file's text, or "" where it does not exist.
std::string optional_text(const std::string& path) {
  return fs::exists(path) ? io::read_text_file(path) : "";
}

std::vector<Picture> read_pictures(const std::string& folder) {
  std::vector<Picture> pictures;
  if (!fs::is_directory(folder)) return pictures;
  const std::string captions_file = folder + "/captions.json";
  nlohmann::json captions = nlohmann::json::object();
  if (fs::exists(captions_file)) {
    captions = nlohmann::json::parse(io::read_text_file(captions_file), nullptr, false);
    const bool texts = captions.is_object() &&
                       std::all_of(captions.begin(), captions.end(), [](const auto& c) { return c.is_string(); });
    check(texts, captions_file, ": expected {\"name.svg\": \"caption\"}; received something else");
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".svg") && !name.ends_with(".png")) continue;
    pictures.push_back(
        {.name = name, .bytes = io::read_text_file(entry.path().string()), .caption = captions.value(name, "")});
  }
  std::sort(pictures.begin(), pictures.end(), [](const Picture& a, const Picture& b) { return a.name < b.name; });
  return pictures;
}

std::vector<Section> read_sections(const std::string& folder) {
  std::vector<Section> sections;
  const auto add = [&](const char* file, auto build) {
    const std::string path = folder + "/" + file;
    if (fs::exists(path)) sections.push_back(build(path));
  };
  const std::string task_file = folder + "/task.json";
  const PublishedTable published =
      fs::exists(task_file) ? published_of(io::read_text_file(task_file), task_file) : PublishedTable();
  add("result.json",
      [&](const std::string& path) { return result_section(io::read_text_file(path), published, path); });
  add("metrics.jsonl", [](const std::string& path) { return curves_section(io::read_json_lines(path), path); });
  add("trajectories.json",
      [](const std::string& path) { return trajectories_section(io::read_text_file(path), path); });
  add("certificate.json", [](const std::string& path) { return certificate_section(io::read_text_file(path), path); });
  const std::vector<Picture> pictures = read_pictures(folder + "/pictures");
  if (!pictures.empty()) sections.push_back(pictures_section(pictures));
  add("config.yaml", [](const std::string& path) { return config_section(io::read_text_file(path)); });
  return sections;
}

/// JSON inside a script element must not contain the text that ends it.
std::string for_script(std::string_view json) {
  std::string safe;
  for (const char c : json) c == '<' ? safe += "\\u003c" : safe += c;
  return safe;
}

}  // namespace

std::string page(const std::string& run_folder) {
  check(fs::is_directory(run_folder), run_folder, ": expected the folder of a run; received something else");
  const std::vector<Section> sections = read_sections(run_folder);
  const std::string folder_name = fs::weakly_canonical(run_folder).filename().string();
  const std::string head = masthead(optional_text(run_folder + "/result.json"),
                                    optional_text(run_folder + "/certificate.json"), folder_name);
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += kPolicy;
  html += "\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escaped(folder_name) +
          " · Coset</title>\n<style>\n";
  html += page_style();
  html += "</style>\n</head>\n<body>\n<main>\n" + head;
  for (const Section& section : sections)
    html += "\n<section id=\"" + section.id + "\"><h2>" + section.heading + "</h2>\n" + section.html + "</section>";
  html += "\n<footer>Written by Coset. This page is complete in itself and loads nothing.</footer>\n</main>\n";
  for (const Section& section : sections)
    if (!section.json.empty())
      html += "<script type=\"application/json\" id=\"" + section.id + "-data\">" + for_script(section.json) +
              "</script>\n";
  html += "<script>\n";
  html += chart_script();
  html += "\n</script>\n<script>\n";
  html += page_script();
  return html + "</script>\n</body>\n</html>\n";
}

void write_page(const std::string& run_folder) {
  io::atomic_write(run_folder + "/report.html", page(run_folder));
}

}  // namespace coset::report
