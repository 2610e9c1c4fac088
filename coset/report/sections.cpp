#include "coset/report/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "coset/base/error.h"
#include "coset/report/published.h"

namespace coset::report {
namespace {

using Json = nlohmann::ordered_json;

Json parsed(std::string_view text, const std::string& name) {
  Json json = Json::parse(text, nullptr, false);
  check(json.is_object(), name, ": expected a JSON object; received something else");
  return json;
}

/// "0.00431", "147,424", "1.2e-12": as many digits as a reader can use.
std::string figure(double value) {
  if (std::isnan(value)) return "not a number";
  if (value == std::trunc(value) && std::abs(value) < 1e15) {
    std::string digits = fmt::format("{:.0f}", std::abs(value));
    for (auto at = std::ssize(digits) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
    return (value < 0 ? "−" : "") + digits;
  }
  const double size = std::abs(value);
  return size < 1e-3 || size >= 1e6 ? fmt::format("{:.2e}", value) : fmt::format("{:.4g}", value);
}

std::string value_text(const Json& value) {
  if (value.is_number()) return figure(value.get<double>());
  return escaped(value.is_string() ? value.get<std::string>() : value.dump());
}

/// The word under `key`, or `otherwise` where there is none.
std::string word(const Json& object, const char* key, const std::string& otherwise = "") {
  return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : otherwise;
}

/// A key of a file as a reader's words: "test_mse" becomes "test MSE".
std::string words(const std::string& key) {
  std::string text;
  for (std::size_t begin = 0; begin <= key.size();) {
    const std::size_t end = std::min(key.find('_', begin), key.size());
    std::string part = key.substr(begin, end - begin);
    if (part == "mse" || part == "mae")
      std::transform(part.begin(), part.end(), part.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    if (part == "val") part = "validation";
    text += (text.empty() ? "" : " ") + part;
    begin = end + 1;
  }
  return escaped(text);
}

struct Row {
  PublishedRow row;
  bool own = false;
};

/// The published rows with this run's own, from the largest error to the smallest.
std::vector<Row> ranked(const PublishedTable& table, const Json& result) {
  std::vector<Row> rows;
  for (const PublishedRow& row : table.rows) rows.push_back({row});
  PublishedRow own{.name = word(result, "model", "model"),
                   .value = result[table.metric].get<double>(),
                   .spread = {},
                   .seconds = {},
                   .parameters = {}};
  if (result.contains("parameters") && result["parameters"].is_number())
    own.parameters = result["parameters"].get<long>();
  rows.push_back({own, true});
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.row.value > b.row.value; });
  return rows;
}

std::string ranked_html(const PublishedTable& table, const Json& result) {
  const std::vector<Row> rows = ranked(table, result);
  std::string html = "<table class=\"ranked\"><thead><tr><th>method<th><th class=\"n\">" + words(table.metric) +
                     "<th class=\"n\">parameters<th class=\"n\">seconds</thead><tbody>";
  for (const auto& [row, own] : rows) {
    const std::string spread = row.spread ? fmt::format(" <small>± {:.5f}</small>", *row.spread) : "";
    html += fmt::format(
        "<tr{}><td>{}{}<td class=\"bar\"><i style=\"width:{:.2f}%\"></i><td class=\"n\">{:.4f}{}<td class=\"n\">{}"
        "<td class=\"n\">{}",
        own ? " class=\"own\"" : "", escaped(row.name), own ? " <em>this run</em>" : "",
        100.0 * row.value / rows.front().row.value, row.value, spread,
        row.parameters ? figure(static_cast<double>(*row.parameters)) : "",
        row.seconds ? fmt::format("{:.4f}", *row.seconds) : "");
  }
  return html + "</tbody></table><p class=\"note\">" + escaped(table.caption) + "<br>Source: " + escaped(table.source) +
         ".</p>";
}

/// Position of an error on a logarithmic scale from 1e-17 to 1, in per cent.
double log_position(double error) {
  return 100.0 * std::clamp((std::log10(std::max(error, 1e-17)) + 17.0) / 17.0, 0.0, 1.0);
}

bool measured(const Json& certificate, const char* kind) {
  return certificate.is_object() && certificate.contains("f64") && certificate["f64"].is_object() &&
         certificate["f64"].contains(kind);
}

double certified(const Json& certificate, const char* precision, const char* kind, const std::string& name) {
  const Json& value = certificate.at(precision).at(kind);
  check(value.is_number() || value.is_null(), name, ": expected a number for ", precision, " ", kind);
  return value.is_null() ? double{INFINITY} : value.get<double>();  // JSON writes infinity and NaN as null
}

constexpr std::array<std::pair<const char*, const char*>, 4> kSymmetries{
    {{"rotation", "turning the input turns the output"},
     {"reflection", "mirroring the input mirrors the output"},
     {"translation", "moving the input moves the output"},
     {"permutation", "renumbering the input renumbers the output"}}};
constexpr std::array<const char*, 2> kPrecisions{"f32", "f64"};

/// The certificate's list of {degrees | enlargement, error} as bars on a linear scale, the largest error to the top.
std::string error_bars(const Json& curve) {
  const auto error_of = [](const Json& point) {  // null: infinite or not a number
    return point.at("error").is_null() ? double{INFINITY} : point["error"].get<double>();
  };
  double largest = 1e-300;
  for (const Json& point : curve)
    if (std::isfinite(error_of(point))) largest = std::max(largest, error_of(point));
  std::string html = "<div class=\"spectrum\">";
  for (const Json& point : curve) {
    const bool angle = point.contains("degrees");
    const double error = error_of(point);
    html += fmt::format("<div title=\"{:.1e}\"><i style=\"height:{:.1f}%\"></i><small>{}{}</small></div>", error,
                        100.0 * std::min(error / largest, 1.0),
                        point.at(angle ? "degrees" : "enlargement").get<double>(), angle ? "°" : "×");
  }
  return html + fmt::format(
                    "</div><p class=\"note\">Change of the output relative to its size when the input is {}; the "
                    "tallest bar is {:.2g}. Angles that move pixels between pixels are not expected to vanish.</p>",
                    curve.front().contains("degrees") ? "turned by so many degrees" : "made smaller", largest);
}

/// {name, points: [[value, error], ...]} as [{NAME: value, error}, ...].
Json named_points(const Json& curve) {
  Json points = Json::array();
  for (const Json& point : curve.at("points"))
    points.push_back({{curve.at("name").get<std::string>(), point.at(0)}, {"error", point.at(1)}});
  return points;
}

struct Tile {
  std::string label;
  std::string value;
  std::string remark;
};

std::string tiles_html(const std::vector<Tile>& tiles) {
  std::string html = "<div class=\"tiles\">";
  for (const Tile& tile : tiles)
    html += "<div><span>" + tile.label + "</span><b>" + tile.value + "</b><small>" + tile.remark + "</small></div>";
  return html + "</div>";
}

std::vector<Tile> result_tiles(const Json& result) {
  std::vector<Tile> tiles;
  for (const auto& [key, value] : result.items()) {
    if (!value.is_number()) continue;
    if (key.starts_with("test_"))
      tiles.insert(tiles.begin(), {words(key), value_text(value), "at the best validation"});
    if (key.starts_with("val_")) tiles.push_back({words(key), value_text(value), ""});
  }
  if (result.contains("parameters")) tiles.push_back({"parameters", value_text(result["parameters"]), ""});
  if (result.contains("epoch")) tiles.push_back({"epoch", value_text(result["epoch"]), "of the best validation"});
  return tiles;
}

bool is_tile(const std::string& key) {
  return key.starts_with("test_") || key.starts_with("val_") || key == "parameters" || key == "epoch" || key == "title";
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8U) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[(group >> (18U - 6U * k)) & 63U] : '=';
  }
  return text;
}

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

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string masthead(std::string_view result_text, std::string_view certificate_text, const std::string& folder_name) {
  const Json result = result_text.empty() ? Json::object() : parsed(result_text, "result.json");
  std::string title = word(result, "title");
  if (title.empty())
    title = word(result, "model", folder_name) + (!word(result, "task").empty() ? " on " + word(result, "task") : "");
  std::vector<Tile> tiles = result_tiles(result);
  if (!certificate_text.empty()) {
    const Json certificate = parsed(certificate_text, "certificate.json");
    double worst = -1.0;
    for (const auto& [kind, meaning] : kSymmetries)
      if (measured(certificate, kind)) worst = std::max(worst, certified(certificate, "f64", kind, "certificate.json"));
    if (worst >= 0.0) tiles.push_back({"equivariance error", fmt::format("{:.1e}", worst), "largest, in float64"});
  }
  return "<header><p class=\"eyebrow\">Coset run report</p><h1>" + escaped(title) + "</h1>" +
         (tiles.empty() ? "" : tiles_html(tiles)) + "</header>";
}

Section result_section(std::string_view json, const std::string& name) {
  const Json result = parsed(json, name);
  std::string html;
  const PublishedTable* table = published(word(result, "task"));
  if (table != nullptr && result.contains(table->metric) && result[table->metric].is_number())
    html += ranked_html(*table, result);
  std::string rest;
  for (const auto& [key, value] : result.items())
    if (!is_tile(key) && !value.is_structured())
      rest += "<div><dt>" + words(key) + "<dd>" + value_text(value) + "</div>";
  if (!rest.empty()) html += "<dl>" + rest + "</dl>";
  return {.id = "result",
          .heading = table != nullptr ? "Beside the published results" : "Result",
          .html = html,
          .json = ""};
}

Section curves_section(const std::vector<std::string>& lines, const std::string& name) {
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
    list.push_back(curve);
  }
  return {
      .id = "curves", .heading = "Training", .html = "<div class=\"charts\" id=\"charts\"></div>", .json = list.dump()};
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
      "one "
      "system in three dimensions\"></canvas><div class=\"controls\"><button id=\"previous\" "
      "aria-label=\"previous\">‹</button><output id=\"which\"></output><button id=\"next\" "
      "aria-label=\"next\">›</button><input id=\"time\" type=\"range\" min=\"0\" max=\"1000\" value=\"1000\" "
      "aria-label=\"time\"><output id=\"miss\"></output></div></div><p class=\"note key\"><span "
      "class=\"true\"></span>true "
      "position and path <span class=\"pred\"></span>prediction <span class=\"gap\"></span>what separates them "
      "<span class=\"plus\"></span>positive <span class=\"minus\"></span>negative<br>Drag to turn, scroll to zoom, "
      "move "
      "the "
      "slider to run the true motion from the model's input to the target.</p>";
  return {.id = "trajectories", .heading = "Predicted and true motion", .html = html, .json = file.dump()};
}

Section certificate_section(std::string_view json, const std::string& name) {
  const Json certificate = parsed(json, name);
  try {
    const bool checked = !certificate.at("pass").is_null();
    const bool pass = checked && certificate["pass"].get<bool>();
    std::string html = fmt::format(
        "<p class=\"verdict {}\">{}</p><p>Group elements were applied to the model's input; the table shows the "
        "largest "
        "relative difference between the output so obtained and the transformed output.</p><table "
        "class=\"certificate\">"
        "<thead><tr><th>symmetry<th>float32<th class=\"n\"><th>float64<th class=\"n\"></thead><tbody>",
        pass || !checked ? "pass" : "fail",
        !checked ? "Nothing to check"
        : pass   ? "Equivariant within tolerance"
                 : "Not equivariant within tolerance");
    for (const auto& [kind, meaning] : kSymmetries) {
      if (!measured(certificate, kind)) continue;
      html += fmt::format("<tr><td>{}<br><small>{}</small>", kind, meaning);
      for (const char* precision : kPrecisions) {
        const double error = certified(certificate, precision, kind, name);
        const double tolerance = certificate.at("tolerance").at(precision).get<double>();
        const bool within = error <= tolerance;
        html += fmt::format(
            "<td class=\"meter\"><i class=\"{}\" style=\"width:{:.1f}%\"></i><u style=\"left:{:.1f}%\"></u><td "
            "class=\"n {}\">{:.1e}",
            within ? "in" : "out", log_position(error), log_position(tolerance), within ? "" : "out", error);
      }
    }
    html += fmt::format(
        "</tbody></table><p class=\"note\">Logarithmic scale from 1e-17 to 1; the mark is the tolerance, {:.0e} "
        "in float32 and {:.0e} in float64.</p>",
        certificate.at("tolerance").at("f32").get<double>(), certificate.at("tolerance").at("f64").get<double>());
    for (const Json& what : certificate.value("not_checked", Json::array()))
      html += "<p class=\"note\">Not checked: " + escaped(what.get<std::string>()) + ".</p>";
    for (const Json& curve : certificate.value("curves", Json::array()))
      if (!curve.at("points").empty() && curve.at("name") != "layer") html += error_bars(named_points(curve));
    if (certificate.contains("curve") && !certificate["curve"].empty()) html += error_bars(certificate["curve"]);
    return {.id = "certificate", .heading = "Equivariance certificate", .html = html, .json = ""};
  } catch (const Json::exception&) {
    fail(
        name,
        ": expected {f32, f64: {some of rotation, reflection, translation, permutation}, tolerance: {f32, f64}, pass}, "
        "and curve, if any, [{degrees or enlargement, error}]");
  }
}

Section pictures_section(const std::vector<Picture>& pictures) {
  std::string html = "<div class=\"pictures\">";
  for (const Picture& picture : pictures) {
    const char* type = picture.name.ends_with(".svg") ? "image/svg+xml" : "image/png";
    html += fmt::format("<figure><img src=\"data:{};base64,{}\" alt=\"{}\"><figcaption>{}</figcaption></figure>", type,
                        base64(picture.bytes), escaped(picture.caption), escaped(picture.caption));
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
