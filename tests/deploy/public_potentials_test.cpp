// Public potentials against reference values of their authors' own programs. The weights are not part of this project:
// the folder COSET_DATA must hold them (COSET_DATA/nequix/nequix-mp-1.nqx, ...) and COSET_GOLDEN the references
// (COSET_GOLDEN/potentials/nequix-mp-1.json, ...).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "coset/deploy/convert.h"
#include "coset/deploy/potential.h"

namespace coset::deploy {
namespace {

using nlohmann::json;

struct Worst {
  double energy = 0.0, forces = 0.0, stress = 0.0;  // eV/atom, eV/A, eV/A^3
};

std::string folder(const char* variable) {
  const char* value = std::getenv(variable);
  return value ? value : "";
}

template <class F>
void for_structures(const json& reference, F&& f) {
  for (const json& s : reference.at("structures")) {
    std::vector<double> positions;
    for (const auto& row : s.at("positions"))
      for (const double x : row) positions.push_back(x);
    const std::vector<std::int32_t> numbers = s.at("numbers");
    std::optional<neighbour::Cell> cell;
    if (s.contains("cell") && !s.at("cell").is_null()) {
      cell.emplace();
      for (std::size_t a = 0; a < 3; ++a) {
        cell->periodic[a] = s.at("pbc")[a];
        for (std::size_t b = 0; b < 3; ++b) cell->vectors[a][b] = s.at("cell")[a][b];
      }
    }
    f(s, StructureView{positions, numbers, cell});
  }
}

Worst compare(Potential& potential, const json& reference) {
  Worst worst;
  for_structures(reference, [&](const json& s, const StructureView& view) {
    const Evaluation got = potential.evaluate(view);
    EXPECT_EQ(got.edges, s.at("n_edges").get<std::int64_t>()) << s.at("name");
    const json& expected = s.at("f64");
    const auto atoms = static_cast<double>(view.numbers.size());
    worst.energy = std::max(worst.energy, std::abs(got.energy - expected.at("energy").get<double>()) / atoms);
    for (std::size_t i = 0; i < view.numbers.size(); ++i)
      for (std::size_t c = 0; c < 3; ++c)
        worst.forces =
            std::max(worst.forces, std::abs(got.forces[3 * i + c] - expected.at("forces")[i][c].get<double>()));
    if (!got.stress || expected.at("stress").is_null()) return;
    const std::array<std::size_t, 6> voigt = {0, 4, 8, 5, 2, 1};
    for (std::size_t c = 0; c < 6; ++c)
      worst.stress = std::max(worst.stress, std::abs((*got.stress)[voigt[c]] - expected.at("stress")[c].get<double>()));
  });
  return worst;
}

void expect_agreement(const PotentialFile& file, const std::string& name) {
  const json reference = json::parse(std::ifstream(folder("COSET_GOLDEN") + "/potentials/" + name + ".json"));
  Potential exact(file, name, {.precision = Precision::float64});
  const Worst exactly = compare(exact, reference);
  Potential mixed(file, name);
  const Worst roughly = compare(mixed, reference);
  Potential tables(file, name, {.radial_tolerance = 2e-6});
  const Worst tabled = compare(tables, reference);
  std::printf("%s float64: %.1e eV/atom %.1e eV/A %.1e eV/A^3; float32: %.1e %.1e %.1e; with tables %.1e %.1e %.1e\n",
              name.c_str(), exactly.energy, exactly.forces, exactly.stress, roughly.energy, roughly.forces,
              roughly.stress, tabled.energy, tabled.forces, tabled.stress);
  EXPECT_LT(tabled.energy, 1e-4);
  EXPECT_LT(tabled.forces, 1e-3);
  EXPECT_LT(exactly.energy, 1e-12);
  EXPECT_LT(exactly.forces, 1e-11);
  EXPECT_LT(exactly.stress, 1e-12);
  EXPECT_LT(roughly.energy, 1e-5);
  EXPECT_LT(roughly.forces, 1e-4);
  EXPECT_LT(roughly.stress, 1e-5);
}

class NequixPotentials : public testing::TestWithParam<const char*> {};

TEST_P(NequixPotentials, AgreeWithTheirAuthors) {
  const std::string name = GetParam();
  const std::string path = folder("COSET_DATA") + "/nequix/" + name + ".nqx";
  if (!std::filesystem::exists(path) || folder("COSET_GOLDEN").empty())
    GTEST_SKIP() << "needs COSET_DATA with nequix/" << name << ".nqx, and COSET_GOLDEN";
  expect_agreement(convert_nequix(path), name);
}

TEST(PublicPotentials, SevenNetAgrees) {
  for (const auto& [name, file] : {std::pair("sevennet-0", "SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth"),
                                   std::pair("sevennet-l3i5", "SevenNet_l3i5/checkpoint_l3i5.pth")}) {
    const std::string path = folder("COSET_DATA") + "/sevennet/" + file;
    if (!std::filesystem::exists(path) || folder("COSET_GOLDEN").empty())
      GTEST_SKIP() << "needs COSET_DATA with sevennet/" << file << ", and COSET_GOLDEN";
    expect_agreement(convert_sevennet(path), name);
  }
}

INSTANTIATE_TEST_SUITE_P(Public, NequixPotentials, testing::Values("nequix-mp-1", "nequix-mp-1-pft"));

}  // namespace
}  // namespace coset::deploy
