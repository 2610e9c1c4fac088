/// What a command line of coset-torch that cannot be parsed is told.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace coset::cli {

/// `--epochs 1` where `epochs=1` is meant: says so. Otherwise cli::explain_verbs.
std::string explain_settings(const CLI::App& app, const CLI::ParseError& error);

}  // namespace coset::cli
