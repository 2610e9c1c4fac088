#include "coset/io/json_lines.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/io/limits.h"

namespace coset::io {
namespace {

/// `path` itself, once it holds only whole lines and no more than `keep` of them.
const std::string& trimmed(const std::string& path, std::int64_t keep) {
  if (!std::filesystem::exists(path)) return path;
  const std::string text = read_text_file(path);
  std::size_t end = 0;
  for (std::int64_t line = 0; keep < 0 || line < keep; ++line) {
    const std::size_t newline = text.find('\n', end);
    if (newline == std::string::npos) break;
    end = newline + 1;
  }
  if (end != text.size()) atomic_write(path, std::string_view(text).substr(0, end));
  return path;
}

}  // namespace

JsonLines::JsonLines(const std::string& path, std::int64_t keep) : file_(trimmed(path, keep)) {}

void JsonLines::append(std::string_view json) {
  check(json.find('\n') == std::string_view::npos && nlohmann::json::accept(json), file_.path(),
        ": expected one JSON value on one line; received '", json.substr(0, 80), "'");
  check_json_depth(json, file_.path());
  const std::string line = std::string(json) + '\n';
  file_.append(std::as_bytes(std::span(line)));
}

std::vector<std::string> read_json_lines(const std::string& path) {
  const std::string text = read_text_file(path);
  std::vector<std::string> lines;
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(text.substr(begin, end - begin));
    check_json_depth(lines.back(), path + ", line " + std::to_string(lines.size()));
    check(nlohmann::json::accept(lines.back()), path, ", line ", lines.size(), ": expected JSON; received '",
          lines.back().substr(0, 80), "'");
  }
  return lines;
}

}  // namespace coset::io
