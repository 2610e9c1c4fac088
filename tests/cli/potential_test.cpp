// Potentials on the command line: converted, described, applied and certified, without LibTorch.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "coset/io/extended_xyz.h"
#include "tests/cli/program.h"

namespace coset::cli {
namespace {

class PotentialProgram : public FolderTest {
 protected:
  std::string folder_ = std::string(COSET_GOLDEN_DIR) + "/potentials/nequip_random/";

  void convert() {
    const Outcome made = run_program("convert nequip " + folder_ + "state_dict.npz --config " + folder_ +
                                     "config.json --out " + path("model.safetensors"));
    ASSERT_EQ(made.exit_code, 0) << made.text;
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
};

TEST_F(PotentialProgram, PredictsAndKeepsWhatItDoesNotKnow) {
  convert();
  write("in.extxyz",
        "3\nProperties=species:S:1:pos:R:3:tag:I:1 name=water energy=99\nO 0 0 0.119262 1\n"
        "H 0 0.763239 -0.477047 2\nH 0 -0.763239 -0.477047 3\n");
  const Outcome done = run_program("predict " + path("model.safetensors") + " --float64 --in " + path("in.extxyz") +
                                   " --out " + path("out.extxyz"));
  ASSERT_EQ(done.exit_code, 0) << done.text;
  const auto frames = io::read_extended_xyz(path("out.extxyz"));
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_NEAR(io::xyz_numbers(*frames[0].find("energy"))->at(0), -14.075920420057063, 1e-9);
  EXPECT_EQ(*frames[0].find("name"), "water");
  EXPECT_EQ(frames[0].column("tag")->numbers, (std::vector<double>{1, 2, 3}));
  EXPECT_NEAR(frames[0].column("forces")->numbers[2], 0.18578623784570578, 1e-9);
  EXPECT_EQ(frames[0].find("stress"), nullptr);
  EXPECT_EQ(run_program("check " + path("model.safetensors") + " --in " + path("in.extxyz")).exit_code, 0);
  EXPECT_EQ(
      run_program("check " + path("model.safetensors") + " --tolerance 1e-30 --in " + path("in.extxyz")).exit_code, 1);
  EXPECT_NE(run_program("info " + path("model.safetensors")).text.find("H C O"), std::string::npos);
}

TEST_F(PotentialProgram, MistakesAreOneLine) {
  convert();
  write("in.extxyz", "1\nx=1\nSi 0 0 0\n");
  const Outcome unknown = run_program("predict " + path("model.safetensors") + " --in " + path("in.extxyz") +
                                      " --out " + path("out.extxyz"));
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.text.find("received Si"), std::string::npos) << unknown.text;
  EXPECT_FALSE(std::filesystem::exists(path("out.extxyz")));
  const std::string pickles = std::string(COSET_GOLDEN_DIR) + "/io/pickle/";
  const Outcome refused = run_program("convert sevennet " + pickles + "tensors.pth --out " + path("x.safetensors"));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(std::count(refused.text.begin(), refused.text.end(), '\n'), 1) << refused.text;
}

}  // namespace
}  // namespace coset::cli
