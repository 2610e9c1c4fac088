/// Words that stand for values: one table per enumeration, read and written in one way, with one error line.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace coset {

template <class Value>
struct Word {
  Value value;
  const char* text;
};

/// "a", "a or b", "a, b or c"
std::string one_of(std::span<const std::string> words);

/// "; did you mean 'a'?" with the nearest word; "" where none is near
std::string did_you_mean(const std::string& word, std::span<const std::string> known);

/// @throws coset::Error: "[where] expected a, b or c; received 'x'; did you mean 'a'?" with the nearest word, if any
[[noreturn]] void unknown_word(const char* where, std::string_view text, std::span<const std::string> known);

/// The value that `text` stands for. @throws coset::Error naming `where`, the known words and the nearest of them
template <class Value, std::size_t N>
Value parse_word(const char* where, std::string_view text, const std::array<Word<Value>, N>& words) {
  std::array<std::string, N> known;
  for (std::size_t i = 0; i < N; ++i) {
    if (text == words[i].text) return words[i].value;
    known[i] = words[i].text;
  }
  unknown_word(where, text, known);
}

/// The word of a value; "?" for a value that the table lacks.
template <class Value, std::size_t N>
const char* word_of(Value value, const std::array<Word<Value>, N>& words) {
  for (const Word<Value>& word : words)
    if (word.value == value) return word.text;
  return "?";
}

}  // namespace coset
