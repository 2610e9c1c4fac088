// Networks with random weights against the programs that they come from, in float64.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "coset/deploy/convert.h"
#include "coset/deploy/potential.h"
#include "tests/laws/tolerance.h"

namespace coset::deploy {
namespace {

using nlohmann::json;

std::vector<double> flattened(const json& rows) {
  std::vector<double> values;
  for (const auto& row : rows)
    for (const double x : row) values.push_back(x);
  return values;
}

void expect_reference(const PotentialFile& file, const std::string& folder, const char* energies) {
  Potential potential(file, folder, {.precision = Precision::float64});
  const json reference = json::parse(std::ifstream(folder + "reference.json"));
  for (const auto& [name, s] : reference.items()) {
    const std::vector<double> positions = flattened(s.at("positions"));
    const std::vector<std::int32_t> numbers = s.at("numbers");
    const Evaluation got = potential.evaluate({positions, numbers, std::nullopt});
    EXPECT_EQ(got.edges, s.at("n_edges").get<std::int64_t>()) << name;
    EXPECT_LT(laws::distance(got.energies, s.at(energies).get<std::vector<double>>()), laws::kGolden64) << name;
    EXPECT_LT(laws::distance(got.forces, flattened(s.at("forces"))), laws::kGolden64) << name;
  }
}

TEST(GoldenPotentials, NequipWithParity) {
  const std::string folder = std::string(COSET_GOLDEN_DIR) + "/potentials/nequip_random/";
  const PotentialFile file = convert_nequip(folder + "state_dict.npz", folder + "config.json");
  expect_reference(file, folder, "atomic_energy");
  // Negative control: another cutoff power is another network.
  PotentialFile other = file;
  json options = json::parse(other.options);
  options["envelope_power"] = 5.0;
  other.options = options.dump();
  Potential wrong(other, folder, {.precision = Precision::float64});
  const json water = json::parse(std::ifstream(folder + "reference.json")).at("h2o_molecule");
  const std::vector<double> positions = flattened(water.at("positions"));
  const std::vector<std::int32_t> numbers = water.at("numbers");
  EXPECT_GT(std::abs(wrong.evaluate({positions, numbers, std::nullopt}).energy - water.at("energy").get<double>()),
            1e-6);
}

TEST(GoldenPotentials, MaceWithThreeBodyProducts) {
  const std::string folder = std::string(COSET_GOLDEN_DIR) + "/potentials/mace_random/";
  expect_reference(convert_mace(folder + "state_dict.npz", folder + "config.json"), folder, "node_energy");
}

}  // namespace
}  // namespace coset::deploy
