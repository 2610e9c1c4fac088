#include "coset/io/extended_xyz.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"

namespace coset::io {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (at < line.size()) {
    while (at < line.size() && is_space(line[at])) ++at;
    const std::size_t begin = at;
    while (at < line.size() && !is_space(line[at])) ++at;
    if (at > begin) words.push_back(line.substr(begin, at - begin));
  }
  return words;
}

std::optional<double> number_of(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  std::string fortran;  // 1.5D-3
  if (const std::size_t d = word.find_first_of("Dd"); d != std::string_view::npos && d > 0) {
    fortran = word;
    fortran[d] = 'e';
    word = fortran;
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

/// Key=value pairs of a comment line; empty when it has no '='.
class CommentParser {
 public:
  explicit CommentParser(std::string_view line) : line_(line) {}

  std::vector<std::pair<std::string, std::string>> parse() {
    std::vector<std::pair<std::string, std::string>> pairs;
    skip_space();
    while (at_ < line_.size()) {
      std::string key = word("=");
      skip_space();
      if (at_ < line_.size() && line_[at_] == '=') {
        ++at_;
        skip_space();
        pairs.emplace_back(std::move(key), word(""));
      } else {
        pairs.emplace_back(std::move(key), "T");
      }
      skip_space();
    }
    return pairs;
  }

 private:
  void skip_space() {
    while (at_ < line_.size() && is_space(line_[at_])) ++at_;
  }
  std::string quoted(char quote) {
    std::string text;
    for (++at_; at_ < line_.size() && line_[at_] != quote; ++at_) {
      if (line_[at_] == '\\' && at_ + 1 < line_.size()) ++at_;
      text.push_back(line_[at_]);
    }
    if (at_ < line_.size()) ++at_;
    return text;
  }
  /// [..] with its brackets, {..} without: the older form of a list.
  std::string bracketed(char open, char close) {
    const std::size_t begin = at_;
    int depth = 0;
    for (; at_ < line_.size(); ++at_) {
      if (line_[at_] == open) ++depth;
      if (line_[at_] == close && --depth == 0) break;
    }
    if (at_ < line_.size()) ++at_;
    std::string text(line_.substr(begin, at_ - begin));
    return open == '{' && text.size() >= 2 ? text.substr(1, text.size() - 2) : text;
  }
  std::string word(std::string_view stops) {
    if (at_ >= line_.size()) return "";
    const char first = line_[at_];
    if (first == '"' || first == '\'') return quoted(first);
    if (first == '[') return bracketed('[', ']');
    if (first == '{') return bracketed('{', '}');
    const std::size_t begin = at_;
    while (at_ < line_.size() && !is_space(line_[at_]) && stops.find(line_[at_]) == std::string_view::npos) ++at_;
    if (at_ == begin) ++at_;
    return std::string(line_.substr(begin, at_ - begin));
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

class Reader {
 public:
  Reader(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  std::vector<XyzFrame> read() {
    std::vector<XyzFrame> frames;
    while (true) {
      while (at_ < text_.size() && blank()) next_line();
      if (at_ >= text_.size()) return frames;
      frames.push_back(frame());
    }
  }

 private:
  template <class... Parts>
  [[noreturn]] void broken(const Parts&... parts) const {
    fail(name_, ":", line_, ": ", parts...);
  }
  bool blank() const {
    const std::string_view rest = text_.substr(at_, text_.find('\n', at_) - at_);
    return std::all_of(rest.begin(), rest.end(), is_space);
  }
  std::string_view next_line() {
    if (at_ >= text_.size()) broken("the file ends inside a frame");
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    const std::string_view line = text_.substr(at_, end - at_);
    at_ = end + 1;
    ++line_;
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
  }

  XyzFrame frame() {
    XyzFrame frame;
    const auto count = words_of(next_line());
    const auto* begin = count.empty() ? nullptr : count[0].data();
    const bool whole = count.size() == 1 &&
                       std::from_chars(begin, begin + count[0].size(), frame.atoms).ptr == begin + count[0].size();
    if (!whole || frame.atoms < 0) broken("expected a number of atoms");
    if (static_cast<std::uint64_t>(frame.atoms) > text_.size())
      broken("expected ", frame.atoms, " atoms; the file is too short");
    const std::string_view comment = next_line();
    std::string properties = "species:S:1:pos:R:3";
    if (comment.find('=') == std::string_view::npos) {
      frame.extended = false;
      frame.info.emplace_back("comment", comment);
    } else {
      for (auto& [key, value] : CommentParser(comment).parse())
        if (key == "Properties" || key == "properties")
          properties = value;
        else
          frame.info.emplace_back(key, value);
    }
    frame.columns = columns_of(properties, frame.atoms);
    for (std::int64_t i = 0; i < frame.atoms; ++i) row(frame);
    return frame;
  }

  std::vector<XyzColumn> columns_of(const std::string& properties, std::int64_t atoms) {
    std::vector<std::string> parts(1);
    for (const char c : properties) {
      if (c == ':')
        parts.emplace_back();
      else
        parts.back().push_back(c);
    }
    if (parts.size() % 3 != 0) broken("expected Properties as name:type:width triples; received '", properties, "'");
    std::vector<XyzColumn> columns;
    for (std::size_t p = 0; p < parts.size(); p += 3) {
      XyzColumn column;
      column.name = parts[p];
      column.type = parts[p + 1].size() == 1 ? parts[p + 1][0] : '?';
      const auto width = number_of(parts[p + 2]);
      if (std::string_view("SRIL").find(column.type) == std::string_view::npos || !width || !(*width >= 1) ||
          *width > 1e6)
        broken("expected types S, R, I or L and widths; received '", parts[p], ":", parts[p + 1], ":", parts[p + 2],
               "'");
      column.width = static_cast<int>(*width);
      for (const auto& other : columns)
        if (other.name == column.name) broken("the column '", column.name, "' stands twice in Properties");
      (column.type == 'S' || column.type == 'L' ? column.texts.reserve(static_cast<std::size_t>(atoms))
                                                : column.numbers.reserve(static_cast<std::size_t>(atoms)));
      columns.push_back(std::move(column));
    }
    return columns;
  }

  void row(XyzFrame& frame) {
    const auto words = words_of(next_line());
    std::size_t expected = 0;
    for (const auto& column : frame.columns) expected += static_cast<std::size_t>(column.width);
    // Plain XYZ often carries more columns than the three coordinates.
    if (words.size() != expected && !(!frame.extended && words.size() > expected))
      broken("expected ", expected, " words for an atom; received ", words.size());
    std::size_t at = 0;
    for (auto& column : frame.columns)
      for (int w = 0; w < column.width; ++w, ++at) {
        if (column.type == 'S' || column.type == 'L') {
          column.texts.emplace_back(words[at]);
          continue;
        }
        const auto value = number_of(words[at]);
        if (!value) broken("expected a number in column '", column.name, "'; received '", words[at], "'");
        column.numbers.push_back(*value);
      }
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::int64_t line_ = 0;
};

std::string shortest(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string quoted(const std::string& value) {
  const bool plain = !value.empty() && std::none_of(value.begin(), value.end(), [](char c) {
    return is_space(c) || c == '"' || c == '=' || c == '\'' || c == '\\' || c == '{' || c == '}' || c == '[' ||
           c == ',';
  });
  if (plain) return value;
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  return text + '"';
}

void format_frame(const XyzFrame& frame, std::string& out) {
  out += std::to_string(frame.atoms) + '\n';
  std::string properties;
  for (const auto& column : frame.columns)
    properties +=
        (properties.empty() ? "" : ":") + column.name + ':' + column.type + ':' + std::to_string(column.width);
  std::string line;
  if (const std::string* lattice = frame.find("Lattice")) line = "Lattice=" + quoted(*lattice) + ' ';
  line += "Properties=" + properties;
  for (const auto& [key, value] : frame.info)
    if (key != "Lattice") line += ' ' + quoted(key) + '=' + quoted(value);
  out += line + '\n';
  for (std::int64_t i = 0; i < frame.atoms; ++i) {
    bool first = true;
    for (const auto& column : frame.columns)
      for (int w = 0; w < column.width; ++w) {
        const auto at = static_cast<std::size_t>(i * column.width + w);
        if (!first) out += ' ';
        first = false;
        out += column.numbers.empty() ? column.texts[at]
               : column.type == 'I'   ? std::to_string(static_cast<std::int64_t>(column.numbers[at]))
                                      : shortest(column.numbers[at]);
      }
    out += '\n';
  }
}

std::vector<std::string> bare_words(const std::string& value) {
  std::string flat = value;
  for (char& c : flat)
    if (c == '[' || c == ']' || c == '{' || c == '}' || c == ',' || c == '(' || c == ')') c = ' ';
  std::vector<std::string> words;
  for (const std::string_view word : words_of(flat)) words.emplace_back(word);
  return words;
}

}  // namespace

const std::string* XyzFrame::find(const std::string& key) const {
  for (const auto& [name, value] : info)
    if (name == key) return &value;
  return nullptr;
}

void XyzFrame::set(const std::string& key, const std::string& value) {
  for (auto& [name, old] : info)
    if (name == key) {
      old = value;
      return;
    }
  info.emplace_back(key, value);
}

const XyzColumn* XyzFrame::column(const std::string& name) const {
  for (const auto& c : columns)
    if (c.name == name) return &c;
  return nullptr;
}

void XyzFrame::set_column(XyzColumn column) {
  for (auto& c : columns)
    if (c.name == column.name) {
      c = std::move(column);
      return;
    }
  columns.push_back(std::move(column));
}

std::optional<std::vector<double>> xyz_numbers(const std::string& value) {
  std::vector<double> numbers;
  for (const std::string& word : bare_words(value)) {
    const auto number = number_of(word);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<std::vector<bool>> xyz_flags(const std::string& value) {
  std::vector<bool> flags;
  for (const std::string& word : bare_words(value)) {
    const bool yes = word == "T" || word == "true" || word == "True" || word == "TRUE" || word == "1";
    const bool no = word == "F" || word == "false" || word == "False" || word == "FALSE" || word == "0";
    if (!yes && !no) return std::nullopt;
    flags.push_back(yes);
  }
  return flags;
}

std::vector<XyzFrame> parse_extended_xyz(const std::string& text, const std::string& name) {
  return Reader(text, name).read();
}

std::vector<XyzFrame> read_extended_xyz(const std::string& path) {
  return parse_extended_xyz(read_text_file(path), path);
}

std::string format_extended_xyz(const std::vector<XyzFrame>& frames) {
  std::string out;
  for (const auto& frame : frames) format_frame(frame, out);
  return out;
}

void write_extended_xyz(const std::string& path, const std::vector<XyzFrame>& frames) {
  atomic_write(path, format_extended_xyz(frames));
}

}  // namespace coset::io
