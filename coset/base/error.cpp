#include "coset/base/error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <locale>
#include <numeric>
#include <vector>

namespace coset {

PlainText::PlainText() {
  imbue(std::locale::classic());
  precision(10);
}

void PlainText::raise() const {
  throw Error(str());
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

namespace {

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_word(const std::string& word, std::span<const std::string> known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 2 + 1);
  for (const auto& candidate : known) {
    std::size_t distance = edit_distance(word, candidate);
    // What someone typed may be a part of the name: "mnist" of "rotmnist".
    if (word.size() >= 3 && candidate.find(word) != std::string::npos) distance = std::min<std::size_t>(distance, 1);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "coset: internal error: %s is false (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace coset
