#include "coset/io/npy.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"
#include "coset/io/limits.h"

namespace coset::io {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

constexpr const char* kRecord = "record";

/// Reads the header's Python dictionary, which has exactly the keys descr, fortran_order and shape.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader parse() {
    NpyHeader header;
    bool seen[3] = {false, false, false};
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      const int which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : -1;
      if (which < 0 || seen[which]) broken();
      seen[which] = true;
      if (which == 0) header.descr = descr();
      if (which == 1) header.fortran_order = boolean();
      if (which == 2) header.shape = shape();
      if (!accept(',') && peek() != '}') broken();
    }
    if (!(seen[0] && seen[1] && seen[2]) || peek() != '\0') broken();
    return header;
  }

 private:
  [[noreturn]] void broken() const {
    fail(name_, ": expected a numpy header {'descr', 'fortran_order', 'shape'}; received one that breaks off at byte ",
         at_);
  }
  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char wanted) {
    if (peek() != wanted || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) broken();
  }
  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') broken();
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) broken();
    const std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }
  std::string descr() {
    if (peek() != '[') return quoted();
    int depth = 0;
    do {
      const char c = peek();
      if (c == '\0') broken();
      if (c == '\'' || c == '"') {
        quoted();
        continue;
      }
      depth += c == '[' || c == '(' ? 1 : c == ']' || c == ')' ? -1 : 0;
      ++at_;
    } while (depth > 0);
    return kRecord;
  }
  bool boolean() {
    peek();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return word == "True";
    }
    broken();
  }
  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> extents;
    expect('(');
    while (!accept(')')) {
      extents.push_back(integer());
      if (!accept(',') && peek() != ')') broken();
    }
    return extents;
  }
  std::int64_t integer() {
    if (!std::isdigit(static_cast<unsigned char>(peek()))) broken();
    std::int64_t value = 0;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) {
      if (value > (std::int64_t{1} << 58)) broken();
      value = 10 * value + (text_[at_++] - '0');
    }
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote long integers so
    return value;
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

void reverse_bytes(std::vector<std::byte>& data, std::int64_t width) {
  for (auto value = data.begin(); value != data.end(); value += width) std::reverse(value, value + width);
}

/// Fortran order puts the first index fastest. Walks the C order and keeps the matching Fortran offset, O(values).
std::vector<std::byte> to_c_order(std::span<const std::byte> source, std::span<const std::int64_t> shape,
                                  std::int64_t width) {
  std::vector<std::byte> result(source.size());
  std::vector<std::int64_t> stride(shape.size());
  std::int64_t step = width;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    stride[axis] = step;
    step *= shape[axis];
  }
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t offset = 0;
  for (std::int64_t at = 0; at < std::ssize(source); at += width) {
    std::memcpy(result.data() + at, source.data() + offset, static_cast<std::size_t>(width));
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      offset += stride[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

}  // namespace

std::size_t npy_header_bytes(std::span<const std::byte> prefix, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(prefix.data()), prefix.size());
  check(text.size() >= 10 && text.substr(0, 6) == kMagic, name,
        ": expected a numpy array; received a file that does "
        "not begin like one");
  const int major = std::to_integer<int>(prefix[6]);
  check(major >= 1 && major <= 3, name, ": expected numpy format version 1, 2 or 3; received ", major);
  const std::size_t begin = major == 1 ? 10 : 12;
  std::size_t length = 0;
  for (std::size_t i = begin; i-- > 8 && i < prefix.size();)
    length = 256 * length + std::to_integer<std::size_t>(prefix[i]);
  check(length <= kLargestText, name, ": expected a header of at most ", kLargestText, " bytes; received one of ",
        length);
  return begin + length;
}

NpyHeader decode_npy_header(std::span<const std::byte> header, const std::string& name) {
  const std::size_t begin = header[6] == std::byte{1} ? 10 : 12;
  const std::string_view text(reinterpret_cast<const char*>(header.data()), header.size());
  return HeaderParser(text.substr(begin), name).parse();
}

bool holds_numbers(const NpyHeader& header) {
  const std::string& descr = header.descr;
  if (descr.size() < 2 || descr.substr(1) == "bf16") return false;
  return std::string_view("<>|=").find(descr[0]) != std::string_view::npos && dtype_bytes(descr.substr(1)) > 0;
}

Array decode_npy_values(const NpyHeader& header, std::vector<std::byte> values, const std::string& name) {
  check(header.descr != kRecord, name, ": expected an array of numbers; received a record array");
  check(holds_numbers(header), name, ": expected bool, integers or floats (f2, f4, f8); received numpy type '",
        header.descr, "'");
  Array array{.dtype = header.descr.substr(1), .shape = header.shape, .data = std::move(values)};
  const std::int64_t expected = checked_bytes(array.dtype, array.shape, name);
  check(expected == std::ssize(array.data), name, ": expected ", expected, " bytes for shape ", shape_text(array.shape),
        " of ", array.dtype, "; received ", array.data.size());
  const std::int64_t width = dtype_bytes(array.dtype);
  if (header.descr[0] == '>') reverse_bytes(array.data, width);
  if (header.fortran_order && array.shape.size() > 1) array.data = to_c_order(array.data, array.shape, width);
  return array;
}

Array decode_npy(std::span<const std::byte> bytes, const std::string& name) {
  const std::size_t length = npy_header_bytes(bytes.first(std::min(bytes.size(), kNpyPrefix)), name);
  check(bytes.size() >= length, name, ": expected a header of ", length, " bytes; received a file of ", bytes.size(),
        " bytes");
  const auto values = bytes.subspan(length);
  return decode_npy_values(decode_npy_header(bytes.first(length), name), {values.begin(), values.end()}, name);
}

Array take_npy(std::span<const std::byte>& bytes, const std::string& name) {
  const std::size_t length = npy_header_bytes(bytes.first(std::min(bytes.size(), kNpyPrefix)), name);
  check(bytes.size() >= length, name, ": expected a header of ", length, " bytes; received ", bytes.size());
  const NpyHeader header = decode_npy_header(bytes.first(length), name);
  check(holds_numbers(header), name, ": expected numbers; received numpy type '", header.descr, "'");
  const auto size = static_cast<std::size_t>(checked_bytes(header.descr.substr(1), header.shape, name));
  const auto rest = bytes.subspan(length);
  check(size <= rest.size(), name, ": expected ", size, " bytes of values; received ", rest.size());
  bytes = rest.subspan(size);
  const auto values = rest.first(size);
  return decode_npy_values(header, {values.begin(), values.end()}, name);
}

std::vector<std::byte> encode_npy_header(const std::string& dtype, std::span<const std::int64_t> shape) {
  check(dtype != "bf16", "[io::encode_npy] expected a type numpy has; received bf16");
  const std::string order = dtype_bytes(dtype) == 1 ? "|" : "<";
  std::string header = "{'descr': '" + order + dtype + "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t extent : shape) header += std::to_string(extent) + ",";
  header += "), }";
  // The body begins at a multiple of 64, so that it can be mapped; the last header byte is a newline.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  check(header.size() < 65536, "[io::encode_npy] expected fewer dimensions; received ", shape.size());
  std::string text(kMagic);
  for (const std::size_t byte : {std::size_t{1}, std::size_t{0}, header.size() & 0xffU, header.size() >> 8U})
    text += static_cast<char>(byte);
  text += header;
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> encode_npy(const Array& array) {
  const std::int64_t expected = checked_bytes(array.dtype, array.shape, "[io::encode_npy]");
  check(expected == std::ssize(array.data), "[io::encode_npy] expected ", expected, " bytes; received ",
        array.data.size());
  std::vector<std::byte> bytes = encode_npy_header(array.dtype, array.shape);
  bytes.insert(bytes.end(), array.data.begin(), array.data.end());
  return bytes;
}

Array load_npy(const std::string& path) {
  return decode_npy(read_file(path), path);
}

void save_npy(const std::string& path, const Array& array) {
  atomic_write(path, encode_npy(array));
}

}  // namespace coset::io
