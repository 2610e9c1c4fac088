#include "coset/base/words.h"

#include "coset/base/error.h"

namespace coset {

std::string one_of(std::span<const std::string> words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

std::string did_you_mean(const std::string& word, std::span<const std::string> known) {
  const std::string nearest = nearest_word(word, known);
  return nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
}

void unknown_word(const char* where, std::string_view text, std::span<const std::string> known) {
  fail("[", where, "] expected ", one_of(known), "; received '", text, "'", did_you_mean(std::string(text), known));
}

}  // namespace coset
