#include "coset/report/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/io/settings_text.h"
#include "coset/report/certificate.h"
#include "coset/report/json_view.h"
#include "coset/report/markup.h"

namespace coset::report {
namespace {

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

/// The table; a column that nobody fills is left out.
std::string ranked_html(const PublishedTable& table, const Json& result) {
  const std::vector<Row> rows = ranked(table, result);
  const bool parameters =
      std::any_of(rows.begin(), rows.end(), [](const Row& r) { return r.row.parameters.has_value(); });
  const bool seconds = std::any_of(rows.begin(), rows.end(), [](const Row& r) { return r.row.seconds.has_value(); });
  std::string html =
      "<div class=\"scroll\"><table class=\"ranked\"><thead><tr><th>method<th aria-label=\"bar\"><th "
      "class=\"n\">" +
      words(table.metric) + (parameters ? "<th class=\"n\">parameters" : "") +
      (seconds ? "<th class=\"n\">seconds" : "") + "</thead><tbody>";
  for (const auto& [row, own] : rows) {
    const std::string spread = row.spread ? fmt::format(" <small>± {:.5f}</small>", *row.spread) : "";
    html += fmt::format("<tr{}><td>{}{}<td class=\"bar\"><i style=\"width:{:.2f}%\"></i><td class=\"n\">{:.4f}{}",
                        own ? " class=\"own\"" : "", escaped(row.name), own ? " <em>this run</em>" : "",
                        100.0 * row.value / rows.front().row.value, row.value, spread);
    if (parameters)
      html += "<td class=\"n\">" + (row.parameters ? figure(static_cast<double>(*row.parameters)) : std::string());
    if (seconds) html += "<td class=\"n\">" + (row.seconds ? fmt::format("{:.4f}", *row.seconds) : std::string());
  }
  return html + "</tbody></table></div><p class=\"note\">" + escaped(table.caption) +
         "<br>Source: " + escaped(table.source) + ".</p>";
}

/// What of the published setting this run has otherwise: "test_samples 100 instead of 50000"; "" where nothing.
std::string difference(const PublishedTable& table, const std::string& config, const std::string& name) {
  if (table.setting.empty() || config.empty()) return "";
  std::string text;
  for (const auto& [key, value] : io::assignments_from_yaml(config, name)) {
    const auto wanted = table.setting.find(key);
    if (wanted == table.setting.end() || wanted->second == value) continue;
    text += (text.empty() ? "" : ", ") + key + " " + value + " instead of " + wanted->second;
  }
  return text;
}

struct Fact {
  std::string label;
  std::string value;
  std::string remark;
};

std::string tiles_html(const std::vector<Fact>& tiles) {
  std::string html = "<div class=\"tiles\">";
  for (const Fact& tile : tiles)
    html += "<div><span>" + tile.label + "</span><b>" + tile.value + "</b><small>" + tile.remark + "</small></div>";
  return html + "</div>";
}

std::vector<Fact> result_tiles(const Json& result) {
  std::vector<Fact> tiles;
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

/// When, with what and where: the fields of run.json that are there, in this order.
std::string about_html(const std::string& run_text) {
  if (run_text.empty()) return "";
  const Json run = parsed(run_text, "run.json");
  std::string html;
  for (const char* key : {"date", "version", "commit", "seconds", "machine", "data", "layers", "command"}) {
    if (!run.contains(key)) continue;
    const Json& value = run[key];
    std::string text;
    if (value.is_array())
      for (const Json& line : value) text += (text.empty() ? "" : "<br>") + value_text(line);
    else
      text = value_text(value);
    const bool wide = std::string_view(key) == "command" || std::string_view(key) == "layers";
    const std::string open = wide ? "<code>" : "", close = wide ? "</code>" : "";
    html += "<div" + std::string(wide ? " class=\"wide\"" : "") + "><dt>" + words(key) + "<dd>" + open + text + close +
            "</div>";
  }
  return html.empty() ? "" : "<dl class=\"about\">" + html + "</dl>";
}

}  // namespace

std::string masthead(const HeadFiles& files, const std::string& folder_name) {
  const Json result = files.result.empty() ? Json::object() : parsed(files.result, "result.json");
  std::string title = word(result, "title");
  if (title.empty())
    title = word(result, "model", folder_name) + (!word(result, "task").empty() ? " on " + word(result, "task") : "");
  std::vector<Fact> tiles = result_tiles(result);
  if (!files.certificate.empty())
    if (const auto worst = worst_error(files.certificate, "certificate.json"))
      tiles.push_back({"equivariance error", fmt::format("{:.1e}", *worst), "largest, in float64"});
  return "<header><p class=\"eyebrow\">Coset run report</p><h1>" + escaped(title) + "</h1>" +
         (tiles.empty() ? "" : tiles_html(tiles)) + about_html(files.run) + "</header>";
}

Section result_section(std::string_view json, const PublishedTable& published, const std::string& config,
                       const std::string& name) {
  const Json result = parsed(json, name);
  std::string html;
  const bool measured =
      !published.rows.empty() && result.contains(published.metric) && result[published.metric].is_number();
  const std::string differs = measured ? difference(published, config, "config.yaml") : "";
  const bool comparable = measured && differs.empty();
  if (comparable) html += ranked_html(published, result);
  if (!differs.empty())
    html += "<p class=\"note\">Published results were measured in another setting and are not shown beside this one: " +
            escaped(differs) + ".</p>";
  std::string rest;
  for (const auto& [key, value] : result.items())
    if (!is_tile(key) && !value.is_structured())
      rest += "<div><dt>" + words(key) + "<dd>" + value_text(value) + "</div>";
  if (!rest.empty()) html += "<dl>" + rest + "</dl>";
  return {.id = "result", .heading = comparable ? "Beside the published results" : "Result", .html = html, .json = ""};
}

Section confusion_section(std::string_view json, const std::string& name) {
  const Json file = parsed(json, name);
  const auto list = [&](const char* key) {
    return file.contains(key) && file[key].is_array() ? file[key] : Json::array();
  };
  const Json classes = list("classes"), counts = list("counts");
  const std::size_t n = classes.size();
  const bool square =
      n > 0 && counts.size() == n && std::all_of(counts.begin(), counts.end(), [n](const Json& row) {
        return row.is_array() && row.size() == n &&
               std::all_of(row.begin(), row.end(), [](const Json& x) { return x.is_number_unsigned(); });
      });
  check(square, name, ": expected {\"classes\": [C names], \"counts\": [C][C] numbers}; received another form");
  std::string html = "<div class=\"scroll\"><table class=\"confusion\"><thead><tr><th>true class";
  for (const Json& label : classes) html += "<th>" + value_text(label);
  html += "<th>right</thead><tbody>";
  for (std::size_t t = 0; t < n; ++t) {
    double all = 0.0;
    for (const Json& count : counts[t]) all += count.get<double>();
    html += "<tr><th>" + value_text(classes[t]);
    for (std::size_t c = 0; c < n; ++c) {
      const double share = all > 0.0 ? counts[t][c].get<double>() / all : 0.0;
      html += fmt::format("<td class=\"{}\" style=\"--share:{:.0f}%\">{}", t == c ? "hit" : "miss", 100.0 * share,
                          value_text(counts[t][c]));
    }
    html += fmt::format("<td>{:.1f} %", all > 0.0 ? 100.0 * counts[t][t].get<double>() / all : 0.0);
  }
  return {.id = "confusion",
          .heading = "Which classes are taken for which",
          .html = html +
                  "</tbody></table></div><p class=\"note\">Rows are true classes, columns what the network "
                  "answered; numbers are test examples, shaded by their share of the row.</p>",
          .json = ""};
}

}  // namespace coset::report
