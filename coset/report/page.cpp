#include "coset/report/page.h"

#include <filesystem>
#include <vector>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/io/json_lines.h"
#include "coset/report/certificate.h"
#include "coset/report/document.h"
#include "coset/report/published.h"
#include "coset/report/result.h"
#include "coset/report/sections.h"

namespace coset::report {
namespace {

namespace fs = std::filesystem;

/// The file's text, or "" where it does not exist.
std::string optional_text(const std::string& path) {
  return fs::exists(path) ? io::read_text_file(path) : "";
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
  const std::string result = optional_text(folder + "/result.json");
  const std::string config = optional_text(folder + "/config.yaml");
  const bool answer_is_class =
      result.find("_accuracy\"") != std::string::npos || fs::exists(folder + "/confusion.json");
  add("result.json", [&](const std::string& path) { return result_section(result, published, config, path); });
  add("confusion.json", [](const std::string& path) { return confusion_section(io::read_text_file(path), path); });
  add("metrics.jsonl",
      [](const std::string& path) { return curves_section(curves_json(io::read_json_lines(path), path)); });
  add("trajectories.json",
      [](const std::string& path) { return trajectories_section(io::read_text_file(path), path); });
  add("certificate.json",
      [&](const std::string& path) { return certificate_section(io::read_text_file(path), answer_is_class, path); });
  const std::vector<Picture> pictures = read_pictures(folder + "/pictures");
  if (!pictures.empty()) sections.push_back(pictures_section(pictures));
  if (!config.empty()) sections.push_back(config_section(config));
  return sections;
}

}  // namespace

std::string page(const std::string& run_folder) {
  check(fs::is_directory(run_folder), run_folder, ": expected the folder of a run; received something else");
  const std::vector<Section> sections = read_sections(run_folder);
  const std::string folder_name = fs::weakly_canonical(run_folder).filename().string();
  const HeadFiles files{.result = optional_text(run_folder + "/result.json"),
                        .certificate = optional_text(run_folder + "/certificate.json"),
                        .run = optional_text(run_folder + "/run.json")};
  return document(folder_name, masthead(files, folder_name), sections);
}

void write_page(const std::string& run_folder) {
  io::atomic_write(run_folder + "/report.html", page(run_folder));
}

}  // namespace coset::report
