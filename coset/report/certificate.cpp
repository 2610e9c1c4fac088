#include "coset/report/certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/report/json_view.h"
#include "coset/report/markup.h"

namespace coset::report {
namespace {

struct Sentence {
  const char* symmetry;
  const char* moved;  ///< where the output moves with the input
  const char* kept;   ///< where the output is a class
};

constexpr std::array<Sentence, 5> kSentences{
    {{"rotation", "turning the input turns the output", "turning the input leaves the answer as it is"},
     {"reflection", "mirroring the input mirrors the output", "mirroring the input leaves the answer as it is"},
     {"translation", "moving the input moves the output", "moving the input leaves the answer as it is"},
     {"permutation", "renumbering the input renumbers the output", "renumbering the input leaves the answer as it is"},
     {"batch", "examples in another order are answered in that order",
      "examples in another order are answered in that order"}}};
constexpr std::array<const char*, 2> kPrecisions{"f32", "f64"};

std::string meaning(const std::string& symmetry, bool answer_is_class) {
  for (const Sentence& sentence : kSentences)
    if (sentence.symmetry == symmetry) return answer_is_class ? sentence.kept : sentence.moved;
  return "";
}

/// Position of an error on a logarithmic scale from 1e-17 to 1, in per cent.
double log_position(double error) {
  return 100.0 * std::clamp((std::log10(std::max(error, 1e-17)) + 17.0) / 17.0, 0.0, 1.0);
}

double certified(const Json& certificate, const char* precision, const std::string& kind, const std::string& name) {
  const Json& value = certificate.at(precision).at(kind);
  check(value.is_number() || value.is_null(), name, ": expected a number for ", precision, " ", kind);
  return value.is_null() ? double{INFINITY} : value.get<double>();  // JSON writes infinity and NaN as null
}

struct Point {
  double at = 0.0, error = 0.0;
};

/// One measurement, from {name, caption, points: [[value, error]]} or a list of {degrees | enlargement, error}.
struct Curve {
  std::string name, caption;
  std::vector<Point> points;
};

double error_of(const Json& value) {
  return value.is_null() ? double{INFINITY} : value.get<double>();
}

std::vector<Curve> curves_of(const Json& certificate) {
  std::vector<Curve> curves;
  for (const Json& stored : certificate.value("curves", Json::array())) {
    Curve curve{word(stored, "name"), word(stored, "caption"), {}};
    for (const Json& point : stored.at("points"))
      curve.points.push_back({point.at(0).get<double>(), error_of(point.at(1))});
    curves.push_back(curve);
  }
  const Json list = certificate.value("curve", Json::array());
  if (!list.empty()) {
    Curve curve{list.front().contains("degrees") ? "degrees" : "enlargement", "", {}};
    for (const Json& point : list)
      curve.points.push_back({point.at(curve.name).get<double>(), error_of(point.at("error"))});
    curves.push_back(curve);
  }
  return curves;
}

/// Bars on a logarithmic scale between two powers of ten, each with its number.
std::string bars_html(const Curve& curve) {
  double least = INFINITY, most = 0.0;
  for (const Point& point : curve.points) {
    if (point.error > 0.0 && std::isfinite(point.error)) least = std::min(least, std::max(point.error, 1e-18));
    if (std::isfinite(point.error)) most = std::max(most, point.error);
  }
  if (!std::isfinite(least)) least = most = 1e-17;
  const double low = std::ceil(std::log10(least)) - 1, high = std::max(std::ceil(std::log10(most)), low + 1);
  const auto height = [&](double error) {
    return 100.0 * std::clamp((std::log10(std::max(error, 1e-300)) - low) / (high - low), 0.0, 1.0);
  };
  const bool angle = curve.name == "degrees";
  std::string html = "<div class=\"spectrum\"><p>relative change of the output, logarithmic</p><div class=\"plot\">";
  const double stride = std::max(1.0, std::ceil((high - low) / 6));
  for (double decade = low; decade <= high; decade += stride)
    html += fmt::format("<u style=\"bottom:{:.1f}%\"><small>1e{:.0f}</small></u>", 100 * (decade - low) / (high - low),
                        decade);
  html += "<div class=\"bars\">";
  for (const Point& point : curve.points)
    html +=
        fmt::format("<b title=\"{:.2e}\" data-error=\"{:.6e}\"><i style=\"height:{:.1f}%\"></i><small>{}{}</small></b>",
                    point.error, point.error, height(point.error), point.at, angle ? "°" : "");
  html += fmt::format("</div></div><p class=\"axis\">{}</p><p class=\"note\">",
                      angle ? "angle in degrees" : escaped(words(curve.name)));
  if (!curve.caption.empty()) return html + escaped(curve.caption) + "</p></div>";
  return html +
         (angle ? "The input is turned by so many degrees. Angles that move pixels between pixels are not expected "
                  "to vanish.</p></div>"
                : "The input is made smaller by these factors.</p></div>");
}

std::string table_html(const Json& certificate, bool answer_is_class, const std::string& name) {
  std::string html =
      "<div class=\"scroll\"><table class=\"certificate\"><thead><tr><th>symmetry<th>float32<th class=\"n\">error"
      "<th>float64<th class=\"n\">error</thead><tbody>";
  for (const auto& [kind, value] : certificate.at("f64").items()) {
    html += "<tr><td>" + words(kind) + "<br><small>" + meaning(kind, answer_is_class) + "</small>";
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
  return html + fmt::format(
                    "</tbody></table></div><p class=\"note\">Logarithmic scale from 1e-17 to 1; the mark is the "
                    "tolerance, {:.0e} in float32 and {:.0e} in float64.</p>",
                    certificate.at("tolerance").at("f32").get<double>(),
                    certificate.at("tolerance").at("f64").get<double>());
}

std::string verdict_html(const Json& certificate) {
  const Json& pass = certificate.at("pass");
  const bool symmetries = std::any_of(certificate.at("f64").items().begin(), certificate.at("f64").items().end(),
                                      [](const auto& item) { return item.key() != "batch"; });
  if (pass.is_null() || !symmetries) return "<p class=\"verdict open\">Nothing to check</p>";
  return pass.get<bool>() ? "<p class=\"verdict pass\">Equivariant within tolerance</p>"
                          : "<p class=\"verdict fail\">Not equivariant within tolerance</p>";
}

}  // namespace

std::optional<double> worst_error(std::string_view json, const std::string& name) {
  const Json certificate = parsed(json, name);
  std::optional<double> worst;
  if (!certificate.contains("f64") || !certificate["f64"].is_object()) return worst;
  for (const auto& [kind, value] : certificate["f64"].items())
    worst = std::max(worst.value_or(0.0), certified(certificate, "f64", kind, name));
  return worst;
}

Section certificate_section(std::string_view json, bool answer_is_class, const std::string& name) {
  const Json certificate = parsed(json, name);
  try {
    std::string html = verdict_html(certificate);
    const bool any = !certificate.at("f64").empty();
    html +=
        any ? "<p>Group elements were applied to the model's input; the table shows the largest relative difference "
              "between the output so obtained and " +
                  std::string(answer_is_class ? "the output of the input as it was" : "the transformed output") +
                  ".</p>"
            : "<p>This model promises no symmetry that could be tried, so there is no verdict.</p>";
    if (any) html += table_html(certificate, answer_is_class, name);
    for (const Json& what : certificate.value("not_checked", Json::array()))
      html += "<p class=\"note\">Not checked: " + escaped(what.get<std::string>()) + ".</p>";
    for (const Curve& curve : curves_of(certificate))
      if (!curve.points.empty() && curve.name != "layer") html += bars_html(curve);
    return {.id = "certificate", .heading = "Equivariance certificate", .html = html, .json = ""};
  } catch (const Json::exception&) {
    fail(name,
         ": expected {f32, f64: {symmetry: error}, tolerance: {f32, f64}, pass}, and curves, if any, [{name, caption, "
         "points: [[value, error]]}]");
  }
}

}  // namespace coset::report
