#include "coset/data/structures.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"

namespace coset::data {
namespace {

Structures parse(const std::string& text, const StructureKeys& keys = {}) {
  Structures structures;
  std::int64_t number = 0;
  for (const auto& frame : io::parse_extended_xyz(text, "f.xyz"))
    append_frame(structures, frame, "f.xyz: frame " + std::to_string(++number), keys);
  return structures;
}

TEST(Structures, RaggedWithWhatEachFrameHas) {
  const Structures s = parse(
      "2\nLattice=\"2 0 0 0 3 0 0 0 4\" Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.5 "
      "stress=\"1 2 3 4 5 6\" config_weight=0.25\nH 0 0 0 1 2 3\nO 1 1 1 4 5 6\n"
      "1\nProperties=pos:R:3:Z:I:1 pbc=\"F F F\" REF_energy=2 energy=99\n0.5 0.5 0.5 8\n"
      "1\nLattice=\"2 0 0 0 3 0 0 0 4\" Properties=species:S:1:pos:R:3 virial=\"24 0 0 0 48 0 0 0 72\"\nSi 0 0 0\n");
  ASSERT_EQ(s.size(), 3);
  EXPECT_EQ(s.start, (std::vector<std::int64_t>{0, 2, 3, 4}));
  EXPECT_EQ(s.numbers, (std::vector<std::int32_t>{1, 8, 8, 14}));
  EXPECT_EQ(s.energies[0], -1.5);
  EXPECT_EQ(s.energies[1], 2.0);
  EXPECT_TRUE(std::isnan(s.energies[2]));
  EXPECT_EQ(s.forces[5], 6.0);
  EXPECT_TRUE(std::isnan(s.forces[6]));
  EXPECT_EQ(s.periodic[0], (std::array<bool, 3>{true, true, true}));
  EXPECT_EQ(s.periodic[1], (std::array<bool, 3>{false, false, false}));
  EXPECT_EQ(s.stresses[0], (std::array<double, 9>{1, 6, 5, 6, 2, 4, 5, 4, 3}));
  EXPECT_EQ(s.stresses[2][4], -2.0);  // -virial / volume
  EXPECT_EQ(s.weights, (std::vector<double>{0.25, 1, 1}));
}

TEST(Structures, MistakesNameTheFrame) {
  const auto message = [](const std::string& text, const StructureKeys& keys = {}) -> std::string {
    try {
      parse(text, keys);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string good = "1\nx=1\nH 0 0 0\n";
  EXPECT_EQ(message(good), "");
  EXPECT_NE(message(good + "1\nx=1\nQq 0 0 0\n").find("frame 2: 'Qq' is no chemical element"), std::string::npos);
  EXPECT_NE(message("1\nProperties=species:S:1:pos:R:2\nH 0 0\n").find("expected 3 numbers"), std::string::npos);
  EXPECT_NE(message("1\nx=1\nH 0 nan 0\n").find("finite"), std::string::npos);
  EXPECT_NE(message("1\nLattice=\"1 0 0 0 1 0 1 1 0\"\nH 0 0 0\n").find("volume"), std::string::npos);
  EXPECT_NE(message("1\npbc=\"T T T\"\nH 0 0 0\n").find("Lattice"), std::string::npos);
  EXPECT_NE(message(good, {.energy = "dft"}).find("expected 'dft'"), std::string::npos);
}

}  // namespace
}  // namespace coset::data
