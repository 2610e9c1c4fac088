#include "coset/base/record.h"

#include <charconv>
#include <cmath>

#include "coset/base/error.h"

namespace coset {

namespace {

bool escaped(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '%' || c == 127;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Short and printable, for a message.
std::string shown(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, 40)) out += static_cast<unsigned char>(c) < ' ' || c == 127 ? '?' : c;
  return out + (text.size() > 40 ? "...'" : "'");
}

template <class Number>
bool whole(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string exact_text(double value) {
  check(std::isfinite(value), "[exact_text] expected a finite number; received ", value);
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

void RecordWriter::begin(std::string_view key) {
  if (!text_.empty()) text_ += ' ';
  text_.append(key) += '=';
}

RecordWriter& RecordWriter::word(std::string_view key, std::string_view value) {
  constexpr char kDigits[] = "0123456789abcdef";
  begin(key);
  for (const char c : value) {
    if (!escaped(c)) {
      text_ += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text_ += {'%', kDigits[byte / 16], kDigits[byte % 16]};
  }
  return *this;
}

RecordWriter& RecordWriter::integer(std::string_view key, std::int64_t value) {
  return word(key, std::to_string(value));
}

RecordWriter& RecordWriter::number(std::string_view key, double value) {
  return word(key, exact_text(value));
}

RecordWriter& RecordWriter::flag(std::string_view key, bool value) {
  return word(key, value ? "yes" : "no");
}

RecordWriter& RecordWriter::numbers(std::string_view key, std::span<const double> values) {
  begin(key);
  for (std::size_t i = 0; i < values.size(); ++i) text_ += (i > 0 ? "," : "") + exact_text(values[i]);
  return *this;
}

RecordWriter& RecordWriter::record(std::string_view text) {
  if (!text_.empty()) text_ += ' ';
  text_ += text;
  return *this;
}

RecordReader::RecordReader(std::string text, std::string where) : text_(std::move(text)), where_(std::move(where)) {
  check(text_.size() <= kLongestRecord, "[", where_, "] expected at most ", kLongestRecord, " characters; received ",
        text_.size());
}

void RecordReader::refuse(const std::string& expected, std::string_view received) const {
  fail("[", where_, "] expected ", expected, " at character ", at_, "; received ",
       received.empty() ? "nothing" : shown(received));
}

std::string_view RecordReader::next() const {
  const std::string_view rest = std::string_view(text_).substr(at_);
  return rest.substr(0, rest.find(' '));
}

bool RecordReader::next_is(std::string_view key) const {
  const std::string_view word = next();
  return word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=';
}

std::string_view RecordReader::take(std::string_view key) {
  const std::string_view word = next();
  if (!next_is(key)) refuse(std::string(key) + "=...", word);
  at_ += word.size();
  if (at_ < text_.size()) ++at_;
  return word.substr(key.size() + 1);
}

std::string RecordReader::word(std::string_view key) {
  std::string out;
  const std::string_view value = take(key);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      if (escaped(value[i])) refuse("no control characters in " + std::string(key), value);
      out += value[i];
      continue;
    }
    const int high = i + 2 < value.size() ? digit(value[i + 1]) : -1;
    const int low = i + 2 < value.size() ? digit(value[i + 2]) : -1;
    if (high < 0 || low < 0 || !escaped(static_cast<char>(16 * high + low)))
      refuse("'%' and the digits of an escaped character in " + std::string(key), value);
    out += static_cast<char>(16 * high + low);
    i += 2;
  }
  return out;
}

std::string RecordReader::plain(std::string_view key) {
  const std::string_view value = take(key);
  for (const char c : value)
    if (escaped(c)) refuse("printable characters in " + std::string(key), value);
  return std::string(value);
}

std::int64_t RecordReader::to_integer(std::string_view piece, std::int64_t least, std::int64_t most) const {
  std::int64_t value = 0;
  if (!whole(piece, value) || value < least || value > most)
    refuse("an integer from " + std::to_string(least) + " to " + std::to_string(most), piece);
  return value;
}

double RecordReader::to_number(std::string_view piece) const {
  double value = 0.0;
  if (!whole(piece, value) || !std::isfinite(value)) refuse("a finite number", piece);
  return value;
}

std::int64_t RecordReader::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  return to_integer(take(key), least, most);
}

double RecordReader::number(std::string_view key) {
  return to_number(take(key));
}

bool RecordReader::flag(std::string_view key) {
  const std::string_view value = take(key);
  if (value != "yes" && value != "no") refuse("yes or no for " + std::string(key), value);
  return value == "yes";
}

std::vector<std::string> RecordReader::pieces(std::string_view key, std::size_t most) {
  std::string_view value = take(key);
  std::vector<std::string> out;
  while (!value.empty()) {
    const auto length = value.find(',');
    if (out.size() == most || length + 1 == value.size())
      refuse("at most " + std::to_string(most) + " values of " + std::string(key), value);
    out.emplace_back(value.substr(0, length));
    value = length == std::string_view::npos ? std::string_view() : value.substr(length + 1);
  }
  return out;
}

std::vector<double> RecordReader::numbers(std::string_view key, std::int64_t count) {
  std::string_view value = take(key);
  std::vector<double> out;
  while (!value.empty() && std::ssize(out) < count) {
    const auto length = value.find(',');
    out.push_back(to_number(value.substr(0, length)));
    value = length == std::string_view::npos ? std::string_view() : value.substr(length + 1);
    if (length != std::string_view::npos && value.empty()) refuse("a number after the last comma", "");
  }
  if (std::ssize(out) != count || !value.empty())
    refuse(std::to_string(count) + " numbers of " + std::string(key),
           value.empty() ? std::to_string(out.size()) : value);
  return out;
}

void RecordReader::end() const {
  if (at_ < text_.size() || text_.ends_with(' ')) refuse("the end", next().empty() ? " " : next());
}

}  // namespace coset
