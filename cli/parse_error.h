/// What a command line that cannot be parsed is told.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace coset::cli {

/// One line: a missing or unknown verb with the verbs there are and the nearest one; CLI11's own words otherwise.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

}  // namespace coset::cli
