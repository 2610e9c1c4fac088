/// Errors and checks.
///
/// A caller's mistake throws coset::Error with one line that names the public function, what was expected and what was
/// received: `[rep::wigner_d] expected l >= 0; received l = -1`. The program prints it as `error: ...` and exits
/// with 2. A mistake of ours stops at COSET_ASSERT.
#pragma once

#include <cstdint>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>

namespace coset {

/// A caller's mistake or an unusable input; what() is one complete line without a trailing newline.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Collects a text: numbers with 10 digits and a decimal point, whatever locale the host program has set.
class PlainText : public std::ostringstream {
 public:
  PlainText();
  [[noreturn]] void raise() const;  ///< @throws Error with the text
};

/// Throws Error whose text is all parts written one after the other.
template <class... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  PlainText text;
  (text << ... << parts);
  text.raise();
}

/// Throws Error with the text made of `parts` unless `ok`; the text is only built on failure.
template <class... Parts>
void check(bool ok, const Parts&... parts) {
  if (!ok) [[unlikely]]
    fail(parts...);
}

/// "(2, 3, 5)"
std::string shape_text(std::span<const std::int64_t> shape);

/// Of `known`, the word nearest to `word` by edit distance ("" when none is closer than half its length); used in
/// "unknown key 'epoch'; did you mean 'epochs'?".
std::string nearest_word(const std::string& word, std::span<const std::string> known);

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace coset

#define COSET_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::coset::assertion_failed(#expression, __FILE__, __LINE__))
