#include "coset/rep/irreps.h"

#include <gtest/gtest.h>

#include <sstream>

#include "coset/base/error.h"

namespace coset::rep {
namespace {

using Indices = std::vector<std::int64_t>;

std::string error_of(std::string_view text) {
  try {
    Irreps irreps(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Irreps, PrintsTheCanonicalForm) {
  EXPECT_EQ(Irreps("8x0e + 4x1o+2e").to_string(), "8x0e+4x1o+1x2e");
  EXPECT_EQ(Irreps(" 3 x 2y+1y ").to_string(), "3x2e+1x1o");
  EXPECT_EQ(Irreps("").to_string(), "");
  EXPECT_EQ(Irreps("0x1e+1x12o").to_string(), "0x1e+1x12o");
  std::ostringstream text;
  text << Irreps("1o");
  EXPECT_EQ(text.str(), "1x1o");
}

TEST(Irreps, RefusesBadTextWithOneLineThatQuotesIt) {
  EXPECT_EQ(error_of("2x0e+3x1q"),
            "[rep::Irreps] expected blocks like 8x1o (multiplicity, x, degree, parity e, o or y); received '3x1q' in "
            "'2x0e+3x1q'");
  for (const char* text : {"3x1q", "x1o", "1x", "-1x1o", "1x-1o", "1.5x1o", "1o+", "+1o", "1o++2e", "3", "e", "1 o",
                           "+", "1x1ox", "2x99999999999e", "99999999999999999999x0e", "1x10000e", "1x1O"})
    EXPECT_NE(error_of(text), "") << text;
  EXPECT_NE(error_of("9223372036854775807x1o").find("63 bits"), std::string::npos);
  EXPECT_NE(error_of("9223372036854775807x0e+1x0e").find("63 bits"), std::string::npos);
  EXPECT_THROW(Irrep::parse("1x1o"), Error);
  EXPECT_THROW(Irreps({MulIrrep{1, {1, 0}}}), Error);
  EXPECT_THROW(Irreps({MulIrrep{-1, {1, 1}}}), Error);
}

TEST(Irreps, CountsDimensions) {
  const Irreps irreps("2x0e+1x0o+2x1o+1x1e+1x2e+1x3o");
  EXPECT_EQ(irreps.dim(), 24);
  EXPECT_EQ(irreps.num_irreps(), 8);
  EXPECT_EQ(irreps.lmax(), 3);
  EXPECT_EQ(irreps.offsets(), (Indices{0, 2, 3, 9, 12, 17, 24}));
  EXPECT_EQ(Irreps("2x1o+1x0e+3x1o").count({1, -1}), 5);
  EXPECT_FALSE(irreps.contains({2, -1}));
  EXPECT_TRUE((Irrep{0, 1}).is_scalar());
  EXPECT_FALSE((Irrep{0, -1}).is_scalar());
  EXPECT_EQ(Irreps("").dim(), 0);
  EXPECT_THROW(Irreps("").lmax(), Error);
}

// Source: e3nn 0.5.1, irreps algebra (golden.json `irreps_algebra`).
TEST(Irreps, AlgebraMatchesE3nn) {
  EXPECT_EQ(Irreps("1e+1e+2x0e+3x0e+1x1o").simplify().to_string(), "2x1e+5x0e+1x1o");
  EXPECT_EQ((3 * Irreps("2x1o+1x0e")).to_string(), "2x1o+1x0e+2x1o+1x0e+2x1o+1x0e");
  EXPECT_EQ((Irreps("2x1o") + Irreps("1x0e+2x1o")).to_string(), "2x1o+1x0e+2x1o");
  EXPECT_EQ(Irreps::spherical_harmonics(4).to_string(), "1x0e+1x1o+1x2e+1x3o+1x4e");
  EXPECT_EQ(Irreps::spherical_harmonics(4, 1).to_string(), "1x0e+1x1e+1x2e+1x3e+1x4e");
  EXPECT_EQ(Irreps("1x1o+2x0e+0x2e+1x1o").regroup().to_string(), "2x0e+2x1o");
  EXPECT_EQ(Irreps("1o+2x2e+0o").filter({{2, 1}, {0, -1}}).to_string(), "2x2e+1x0o");
  EXPECT_EQ(Irreps("1o+2x2e+0o").filter_lmax(1).to_string(), "1x1o+1x0o");
}

// Source: e3nn 0.5.1: the permutations of `sort` and specs/steerable.md Appendix A, `sortcut`.
TEST(Irreps, SortIsStableAndPutsOddFirst) {
  const auto sorted = Irreps("2x1o+1x0e+3x2e+1x1e+1x0o").sort();
  EXPECT_EQ(sorted.irreps.to_string(), "1x0o+1x0e+2x1o+1x1e+3x2e");
  EXPECT_EQ(sorted.position, (Indices{2, 1, 4, 3, 0}));
  EXPECT_EQ(sorted.inverse, (Indices{4, 1, 0, 3, 2}));
  const auto second = Irreps("2e+1e+1o+0o+0e").sort();
  EXPECT_EQ(second.position, (Indices{4, 3, 2, 0, 1}));
  EXPECT_EQ(second.inverse, (Indices{3, 4, 2, 1, 0}));
  EXPECT_EQ(Irreps("1x1o+2x1o+3x1o").sort().irreps.to_string(), "1x1o+2x1o+3x1o");
}

TEST(Irreps, ProductOfIrrepsAscends) {
  const std::vector<Irrep> expected{{1, -1}, {2, -1}, {3, -1}};
  EXPECT_EQ((Irrep{1, 1} * Irrep{2, -1}), expected);
  EXPECT_EQ((Irrep{0, -1} * Irrep{0, -1}), (std::vector<Irrep>{{0, 1}}));
}

}  // namespace
}  // namespace coset::rep
