#include "coset/report/sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "coset/base/error.h"
#include "coset/report/json_view.h"
#include "coset/report/markup.h"

namespace coset::report {
namespace {

/// One curve per split and name; x is the step, the epoch is kept for the axis. At most kPoints points each.
constexpr std::size_t kPoints = 1500;

void thin_out(Json& curve) {
  const std::size_t count = curve["x"].size();
  const std::size_t stride = (count + kPoints - 1) / kPoints;
  if (stride <= 1) return;
  for (const char* axis : {"x", "y"}) {
    Json kept = Json::array();
    for (std::size_t i = (count - 1) % stride; i < count; i += stride) kept.push_back(curve[axis][i]);
    curve[axis] = kept;
  }
}

bool is_points(const Json& list, std::size_t n) {
  return list.is_array() && list.size() == n && std::all_of(list.begin(), list.end(), [](const Json& point) {
           return point.is_array() && point.size() == 3 &&
                  std::all_of(point.begin(), point.end(), [](const Json& x) { return x.is_number(); });
         });
}

/// Labels along one edge of a picture, each at its place in per cent.
std::string labels_html(const std::vector<Label>& labels, const char* edge) {
  if (labels.empty()) return "";
  const bool rows = std::string_view(edge) == "rows";
  std::string html = "<div class=\"" + std::string(edge) + "\">";
  for (const Label& label : labels)
    html += fmt::format("<small style=\"{}:{:.2f}%\">{}</small>", rows ? "top" : "left", 100.0 * label.at,
                        escaped(label.text));
  return html + "</div>";
}

}  // namespace

std::string curves_json(const std::vector<std::string>& lines, const std::string& name, const std::string& run) {
  Json curves = Json::object();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string where = name + ", line " + std::to_string(i + 1);
    const Json line = parsed(lines[i], where);
    check(line.contains("step") && line["step"].is_number(), where, ": expected a number named step");
    for (const auto& [key, value] : line.items()) {
      if (key == "step" || key == "epoch" || key == "seconds" || !(value.is_number() || value.is_null())) continue;
      const std::string split = word(line, "split", "train");
      Json& curve = curves[split + "/" + key];
      if (curve.is_null()) curve = {{"split", split}, {"name", key}, {"x", Json::array()}, {"y", Json::array()}};
      curve["x"].push_back(line.contains("epoch") && line["epoch"].is_number() ? line["epoch"] : line["step"]);
      curve["y"].push_back(value);
    }
  }
  Json list = Json::array();
  for (auto& [key, curve] : curves.items()) {
    thin_out(curve);
    if (!run.empty()) curve["run"] = run;
    list.push_back(curve);
  }
  return list.dump();
}

Section curves_section(const std::string& json) {
  return {.id = "curves", .heading = "Training", .html = "<div class=\"charts\" id=\"charts\"></div>", .json = json};
}

Section trajectories_section(std::string_view json, const std::string& name) {
  const Json file = parsed(json, name);
  check(file.contains("samples") && file["samples"].is_array(), name, ": expected a list named samples");
  for (const Json& sample : file["samples"]) {
    const std::size_t n = sample.contains("prediction") ? sample["prediction"].size() : 0;
    const bool whole = sample.contains("path") && sample["path"].is_array() && sample["path"].size() >= 2 && n > 0 &&
                       is_points(sample["prediction"], n) &&
                       std::all_of(sample["path"].begin(), sample["path"].end(),
                                   [&](const Json& frame) { return is_points(frame, n); });
    check(whole, name, ": expected samples of path [F >= 2][n][3] and prediction [n][3]; received another form");
  }
  const std::string html =
      "<div class=\"stage\"><canvas id=\"stage\" tabindex=\"0\" role=\"img\" aria-label=\"True and predicted motion of "
      "one system in three dimensions\"></canvas><div class=\"controls\"><span class=\"group\"><button id=\"previous\" "
      "aria-label=\"previous example\">‹</button><output id=\"which\"></output><button id=\"next\" "
      "aria-label=\"next example\">›</button></span><span class=\"group\"><button id=\"play\" "
      "aria-label=\"play\">▶</button>"
      "<input id=\"time\" type=\"range\" min=\"0\" max=\"1000\" value=\"1000\" aria-label=\"time\"><output "
      "id=\"moment\"></output></span><button id=\"reset\">reset view</button><output id=\"miss\"></output></div></div>"
      "<p class=\"note key\"><span class=\"true\"></span>true position and path <span class=\"pred\"></span>prediction "
      "<span class=\"gap\"></span>what separates them <span class=\"plus\"></span>positive <span "
      "class=\"minus\"></span>"
      "negative<br>Drag or use the arrow keys to turn, scroll to zoom; the slider runs the true motion from the "
      "model's "
      "input to the target. The bar at the lower left gives the scale.</p>";
  return {.id = "trajectories", .heading = "Predicted and true motion", .html = html, .json = file.dump()};
}

Section pictures_section(const std::vector<Picture>& pictures) {
  std::string html = "<div class=\"pictures\">";
  for (const Picture& picture : pictures) {
    const char* type = picture.name.ends_with(".svg") ? "image/svg+xml" : "image/png";
    html += fmt::format(
        "<figure><div class=\"labelled\">{}{}<button class=\"enlarge\" aria-label=\"enlarge\"><img "
        "src=\"data:{};base64,{}\" "
        "alt=\"{}\"></button></div><figcaption>{}</figcaption></figure>",
        labels_html(picture.columns, "columns"), labels_html(picture.rows, "rows"), type, base64(picture.bytes),
        escaped(picture.caption), escaped(picture.caption));
  }
  return {.id = "pictures", .heading = "Pictures", .html = html + "</div>", .json = ""};
}

Section config_section(std::string_view yaml) {
  return {.id = "config",
          .heading = "Configuration",
          .html = "<details><summary>config.yaml</summary><pre>" + escaped(yaml) + "</pre></details>",
          .json = ""};
}

}  // namespace coset::report
