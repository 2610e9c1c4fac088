#include "coset/deploy/potential_file.h"

#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/base/version.h"
#include "coset/io/safetensors.h"

namespace coset::deploy {

namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr const char* kMetadataKey = "coset";
constexpr const char* kUnits =
    R"({"positions": "A", "cell": "A", "energy": "eV", "energies": "eV", "forces": "eV/A", "stress": "eV/A^3"})";

struct Prefix {
  const char* text;
  io::Arrays PotentialFile::*arrays;
};
constexpr Prefix kPrefixes[] = {{"weights.", &PotentialFile::weights},
                                {"example.input.", &PotentialFile::example_input},
                                {"example.output.", &PotentialFile::example_output}};

}  // namespace

PotentialFile read_potential_file(const std::string& path) {
  io::SafeTensors content = io::load_safetensors(path);
  const auto text = content.metadata.find(kMetadataKey);
  check(text != content.metadata.end(), path, ": not a model file: no metadata key '", kMetadataKey, "'");
  PotentialFile file;
  try {
    const json header = json::parse(text->second);
    check(header.at("format") == kFormat, path, ": model format ", header.at("format").dump(), ", this program reads ",
          kFormat);
    check(header.at("conventions") == kConventionsVersion, path, ": conventions version ",
          header.at("conventions").dump(), ", this program follows ", kConventionsVersion);
    file.architecture = header.at("architecture");
    file.options = header.at("options").dump();
    file.irreps = header.at("irreps").dump();
    file.training = header.at("training").dump();
    if (header.contains("labels")) file.labels = header.at("labels").dump();
  } catch (const json::exception& error) {
    fail(path, ": unreadable model header: ", error.what());
  }
  for (auto& [name, array] : content.tensors) {
    bool known = false;
    for (const Prefix& prefix : kPrefixes)
      if (name.starts_with(prefix.text)) {
        (file.*prefix.arrays)[name.substr(std::string(prefix.text).size())] = std::move(array);
        known = true;
      }
    check(known, path, ": unknown tensor '", name, "'");
  }
  return file;
}

void write_potential_file(const std::string& path, const PotentialFile& file) {
  io::SafeTensors content;
  std::int64_t parameters = 0;
  for (const auto& [name, array] : file.weights) parameters += array.size();
  for (const Prefix& prefix : kPrefixes)
    for (const auto& [name, array] : file.*prefix.arrays) content.tensors[prefix.text + name] = array;
  content.metadata[kMetadataKey] = json{
      {"format", kFormat},
      {"conventions", kConventionsVersion},
      {"coset_version", kVersion},
      {"architecture", file.architecture},
      {"parameters", parameters},
      {"options", json::parse(file.options)},
      {"irreps", json::parse(file.irreps)},
      {"units", json::parse(kUnits)},
      {"training", json::parse(file.training)},
      {"labels",
       json::parse(file.labels)}}.dump();
  io::save_safetensors(path, content);
}

}  // namespace coset::deploy
