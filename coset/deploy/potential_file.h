/// The model file of a potential, read and written without torch: the format of coset/model/model_file.h.
#pragma once

#include <string>

#include "coset/io/npz.h"

namespace coset::deploy {

/// The architecture of every file that this room runs: one table of options covers them all.
inline constexpr const char* kArchitecture = "potential";

/// Texts are JSON objects.
struct PotentialFile {
  std::string architecture = kArchitecture;
  std::string options = "{}";
  std::string irreps = "{}";    ///< for people
  std::string training = "{}";  ///< how the weights came to be
  std::string labels = "{}";    ///< what a person needs to know: origin, licence
  io::Arrays weights;           ///< without the prefix "weights."
  io::Arrays example_input;
  io::Arrays example_output;
};

/// @throws coset::Error "PATH: ..." on a damaged file, another format or conventions version, or a tensor whose name
/// says nothing
PotentialFile read_potential_file(const std::string& path);
/// Atomic.
void write_potential_file(const std::string& path, const PotentialFile& file);

}  // namespace coset::deploy
