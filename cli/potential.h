/// Verbs of potentials' model files, which need no LibTorch.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace coset::cli {

/// Is this a model file of a potential (coset/deploy)?
bool is_potential(const std::string& path);
/// predict, check and info as they are for potentials.
void add_potential_verbs(CLI::App& app);

}  // namespace coset::cli
