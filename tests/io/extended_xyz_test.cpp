#include "coset/io/extended_xyz.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"

namespace coset::io {
namespace {

constexpr const char* kFrames = R"(2
Lattice="5.43 0 0 0 5.43 0 0 0 5.43" Properties=species:S:1:pos:R:3:REF_forces:R:3:fixed:L:1:tag:I:1 REF_energy=-10.5 name='two words' note="a \"quote\"" pbc="T T F" converged list=[1, 2, 3] old={4 5}
Si 0.0 1e-3 -2.5E+01 0.1 0.2 0.3 T 7
O 1.0 2.0 3.0 -0.1 -0.2 -0.3 F -8
1
a comment without pairs
H 0 0 0 and more

)";

TEST(ExtendedXyz, ReadsEveryFormOfValue) {
  const std::vector<XyzFrame> frames = parse_extended_xyz(kFrames, "test");
  ASSERT_EQ(frames.size(), 2U);
  const XyzFrame& f = frames[0];
  EXPECT_EQ(f.atoms, 2);
  EXPECT_EQ(*f.find("name"), "two words");
  EXPECT_EQ(*f.find("note"), "a \"quote\"");
  EXPECT_EQ(*f.find("converged"), "T");
  EXPECT_EQ(*xyz_numbers(*f.find("list")), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(*xyz_numbers(*f.find("old")), (std::vector<double>{4, 5}));
  EXPECT_EQ(*xyz_flags(*f.find("pbc")), (std::vector<bool>{true, true, false}));
  EXPECT_EQ(f.column("species")->texts, (std::vector<std::string>{"Si", "O"}));
  EXPECT_EQ(f.column("pos")->numbers, (std::vector<double>{0, 1e-3, -25, 1, 2, 3}));
  EXPECT_EQ(f.column("tag")->numbers, (std::vector<double>{7, -8}));
  EXPECT_EQ(f.column("fixed")->texts, (std::vector<std::string>{"T", "F"}));
  EXPECT_FALSE(frames[1].extended);
  EXPECT_EQ(*frames[1].find("comment"), "a comment without pairs");
}

TEST(ExtendedXyz, WritesWhatItReads) {
  std::vector<XyzFrame> frames = parse_extended_xyz(kFrames, "test");
  frames.pop_back();
  const std::string text = format_extended_xyz(frames);
  const std::vector<XyzFrame> again = parse_extended_xyz(text, "again");
  ASSERT_EQ(again.size(), 1U);
  for (const auto& [key, value] : frames[0].info) EXPECT_EQ(*again[0].find(key), value) << key;
  for (const auto& column : frames[0].columns) {
    EXPECT_EQ(again[0].column(column.name)->numbers, column.numbers);
    EXPECT_EQ(again[0].column(column.name)->texts, column.texts);
  }
  EXPECT_EQ(format_extended_xyz(again), text);
}

TEST(ExtendedXyz, NamesTheLineOfAMistake) {
  const auto message = [](const std::string& text) -> std::string {
    try {
      parse_extended_xyz(text, "f.xyz");
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message("two\n\n").find("f.xyz:1: expected a number of atoms"), std::string::npos);
  EXPECT_NE(message("2\nx=1\nH 0 0 0\n").find("f.xyz:3: the file ends"), std::string::npos);
  EXPECT_NE(message("1\nx=1\nH 0 0\n").find("f.xyz:3: expected 4 words for an atom; received 3"), std::string::npos);
  EXPECT_NE(message("1\nx=1\nH 0 0 zero\n").find("received 'zero'"), std::string::npos);
  EXPECT_NE(message("1\nProperties=species:S:1:pos:R\nH 0 0 0\n").find("triples"), std::string::npos);
  EXPECT_NE(message("1\nProperties=a:S:1:a:R:3\nH 0 0 0\n").find("stands twice"), std::string::npos);
  EXPECT_NE(message("999999999\nx=1\n").find("too short"), std::string::npos);
}

}  // namespace
}  // namespace coset::io
