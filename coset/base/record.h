/// Plans and shapes as one line of text that reads back exactly: words "key=value" in a fixed order, one space between.
///
///   scalars=16 gated=8x1o+4x2e scalar_factor=1.6791767923989418 gate_factor=1.8467055342154763
///
/// Numbers are the shortest decimals that give the same double, in every locale. A reader trusts nothing: a text that is
/// too long, a missing, misplaced or unknown key, a wrong count or a number out of range is one line of error.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coset {

/// Longest text that RecordReader takes; the plan of a 5x5 convolution on 64 rotations needs 2 MB.
inline constexpr std::size_t kLongestRecord = std::size_t{1} << 24;

/// The shortest decimal that reads back as the same number. @throws coset::Error unless it is finite
std::string exact_text(double value);

class RecordWriter {
 public:
  /// Spaces, '%' and control characters of the value are written as "%" and two hexadecimal digits.
  RecordWriter& word(std::string_view key, std::string_view value);
  RecordWriter& integer(std::string_view key, std::int64_t value);
  RecordWriter& number(std::string_view key, double value);
  RecordWriter& flag(std::string_view key, bool value);  ///< "yes" or "no"
  RecordWriter& numbers(std::string_view key, std::span<const double> values);
  RecordWriter& record(std::string_view text);  ///< the words of another record

  const std::string& text() const { return text_; }

 private:
  void begin(std::string_view key);
  std::string text_;
};

class RecordReader {
 public:
  /// @param where  begins every message: "rep::parse_tensor_product_plan"
  RecordReader(std::string text, std::string where);

  /// Is the next word "key=..."?
  bool next_is(std::string_view key) const;
  std::string word(std::string_view key);   ///< escapes undone
  std::string plain(std::string_view key);  ///< printable characters without escapes
  std::int64_t integer(std::string_view key, std::int64_t least = 0,
                       std::int64_t most = std::numeric_limits<std::int64_t>::max());
  double number(std::string_view key);
  bool flag(std::string_view key);
  /// Exactly `count` numbers.
  std::vector<double> numbers(std::string_view key, std::int64_t count);
  /// The comma-separated pieces of a value; at most `most`.
  std::vector<std::string> pieces(std::string_view key, std::size_t most);
  void end() const;  ///< nothing may follow

  /// Throws "[where] expected ... at character n; received '...'", the latter short and printable.
  [[noreturn]] void refuse(const std::string& expected, std::string_view received) const;
  /// One of the pieces as a number.
  std::int64_t to_integer(std::string_view piece, std::int64_t least, std::int64_t most) const;
  double to_number(std::string_view piece) const;

 private:
  std::string_view take(std::string_view key);
  std::string_view next() const;

  std::string text_;
  std::string where_;
  std::size_t at_ = 0;
};

}  // namespace coset
