#include "cli/parse_error.h"

#include <CLI/CLI.hpp>

#include <vector>

#include "coset/base/error.h"

namespace coset::cli {

namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  std::vector<std::string> verbs;
  for (const CLI::App* verb : at->get_subcommands(nullptr)) verbs.push_back(verb->get_name());
  if (verbs.empty()) return error.what();

  const std::string after = at == &app ? "" : " after " + at->get_name();
  for (const std::string& word : app.remaining(true)) {
    if (word.starts_with('-')) return "unknown option " + word + after;
    const std::string nearest = nearest_word(word, verbs);
    return "unknown verb '" + word + "'" + after + "; " + (nearest.empty() ? "" : "did you mean '" + nearest + "'? ") +
           "verbs: " + join(verbs);
  }
  return "expected a verb" + after + ": " + join(verbs);
}

}  // namespace coset::cli
