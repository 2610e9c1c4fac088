#include "coset/report/document.h"

#include <string_view>

#include "coset/report/embedded.h"
#include "coset/report/markup.h"

namespace coset::report {
namespace {

/// Nothing but what stands in the page itself may run, load or be sent.
constexpr const char* kPolicy =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; style-src "
    "'unsafe-inline'; img-src data:\">";

/// JSON inside a script element must not contain the text that ends it.
std::string for_script(std::string_view json) {
  std::string safe;
  for (const char c : json) c == '<' ? safe += "\\u003c" : safe += c;
  return safe;
}

}  // namespace

std::string document(const std::string& title, const std::string& head, const std::vector<Section>& sections) {
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += kPolicy;
  html +=
      "\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
      "content=\"light dark\">\n<title>" +
      escaped(title) + " · Coset</title>\n<style>\n";
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

}  // namespace coset::report
