#include "coset/group/grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "coset/group/affine.h"
#include "tests/laws/comma_locale.h"
#include "tests/laws/tolerance.h"

namespace coset::group {
namespace {

double mass(const GroupGrid& grid) {
  return std::accumulate(grid.haar.begin(), grid.haar.end(), 0.0);
}

TEST(Grid, TablesAreTheGroups) {
  const Dihedral group(6);
  const GroupGrid grid = dihedral_grid(6);
  ASSERT_EQ(grid.size, 12);
  EXPECT_TRUE(grid.closed());
  for (std::int64_t i = 0; i < 12; ++i) {
    const auto inverse = group.inverse(group.element(i));
    EXPECT_EQ(grid.inverse[static_cast<std::size_t>(i)], inverse.flip * 6 + inverse.turn);
    for (std::int64_t j = 0; j < 12; ++j) {
      const auto product = group.product(group.element(i), group.element(j));
      EXPECT_EQ(grid.multiply(i, j), product.flip * 6 + product.turn);
    }
  }
}

TEST(Grid, NamesAreReadBackUnderAnyLocale) {
  const laws::CommaLocale host;
  for (const char* name : {"r+:4:1.26", "c1000", "so2:16"}) {
    const GroupGrid grid = parse_group(name);
    EXPECT_EQ(parse_group(grid.name).size, grid.size) << grid.name;
    EXPECT_EQ(grid.name.find(','), std::string::npos) << grid.name;
  }
}

TEST(Grid, LatticeElementsAreExact) {
  const auto exact = [](const GroupGrid& grid) {
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < grid.size; ++i) count += grid.on_lattice(i);
    return count;
  };
  EXPECT_EQ(exact(cyclic_grid(4)), 4);
  EXPECT_EQ(exact(cyclic_grid(16)), 4);
  EXPECT_EQ(exact(cyclic_grid(6)), 2);
  EXPECT_EQ(exact(dihedral_grid(8)), 8);
  EXPECT_EQ(exact(parse_group("o")), 24);
  EXPECT_EQ(exact(parse_group("oh")), 48);
  EXPECT_EQ(exact(parse_group("i")), 12);
}

TEST(Grid, HaarWeightsSumToTheVolume) {
  const double pi = std::numbers::pi;
  EXPECT_NEAR(mass(cyclic_grid(7)), 2 * pi, laws::kAlgebra);
  EXPECT_NEAR(mass(dihedral_grid(8)), 4 * pi, laws::kAlgebra);
  EXPECT_NEAR(mass(parse_group("so3:60")), 8 * pi * pi, 100 * laws::kAlgebra);
  EXPECT_NEAR(mass(parse_group("oh")), 16 * pi * pi, 100 * laws::kAlgebra);
  EXPECT_NEAR(mass(parse_group("so3:random:11:3")), 8 * pi * pi, 100 * laws::kAlgebra);
  EXPECT_NEAR(mass(scale_grid(2, 4, 2.0)), 4 * std::log(2.0), laws::kAlgebra);
  EXPECT_NEAR(mass(rotation_scale_grid(8, 3, 1.5)), 3 * std::log(1.5) * 2 * pi, laws::kAlgebra);
}

TEST(Grid, ScalesLeaveTheirInterval) {
  const GroupGrid grid = parse_group("r+:4:2", 1);
  EXPECT_FALSE(grid.closed());
  EXPECT_EQ(grid.multiply(1, 2), 3);
  EXPECT_EQ(grid.multiply(2, 2), kOutside);
  EXPECT_EQ(grid.inverse[0], 0);
  EXPECT_EQ(grid.inverse[1], kOutside);
  EXPECT_EQ(grid.identity(), 0);
  EXPECT_EQ(scale_grid(2, 3, 2.0, -1).identity(), 1);
  EXPECT_EQ(grid.determinant(3), 8.0);
}

TEST(Grid, TextNamesGroups) {
  for (const auto& [text, name, size, space] : {std::tuple("c4", "C4", 4, 2),
                                                {"D8", "D8", 16, 2},
                                                {"so2:16", "SO2:16", 16, 2},
                                                {"o2:4", "O2:4", 8, 2},
                                                {"t", "T", 12, 3},
                                                {"octahedral", "O", 24, 3},
                                                {"I", "I", 60, 3},
                                                {"th", "Th", 24, 3},
                                                {"oh", "Oh", 48, 3},
                                                {"ih", "Ih", 120, 3},
                                                {"so3:24", "SO3:24", 24, 3},
                                                {"so2:random:5:1", "SO2:random:5:1", 5, 2},
                                                {"flip", "flip", 2, 2},
                                                {"c1", "C1", 1, 2},
                                                {"r+:4:1.5", "R+:4:1.5", 4, 2},
                                                {"r+:4:1.5:-1", "R+:4:1.5:-1", 4, 2},
                                                {"so2xr+:4:2:2", "SO2xR+:4:2:2", 8, 2}}) {
    const GroupGrid grid = parse_group(text);
    EXPECT_EQ(grid.name, name);
    EXPECT_EQ(grid.size, size);
    EXPECT_EQ(grid.space, space);
  }
  EXPECT_EQ(parse_group("flip", 1).action, (std::vector<double>{1.0, -1.0}));
}

std::string message(const std::string& text, int space = 0) {
  try {
    parse_group(text, space);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Grid, UnknownTextNamesTheNearest) {
  EXPECT_NE(message("cc8").find("did you mean 'c8'?"), std::string::npos) << message("cc8");
  EXPECT_NE(message("octohedral").find("'octahedral'"), std::string::npos);
  EXPECT_NE(message("xyz").find("received 'xyz'"), std::string::npos);
  EXPECT_NE(message("c0").find("count from 1"), std::string::npos);
  EXPECT_NE(message("so3:25").find("so3:random:25"), std::string::npos);
  EXPECT_NE(message("oh", 2).find("acts on R^3"), std::string::npos);
  EXPECT_NE(message("c4x").find("received 'c4x'"), std::string::npos);
}

TEST(Grid, RandomGridsRepeatWithTheirSeed) {
  EXPECT_EQ(parse_group("so3:random:6:5"), parse_group("so3:random:6:5"));
  EXPECT_NE(parse_group("so3:random:6:5").action, parse_group("so3:random:6:6").action);
}

TEST(Grid, RandomElementsAreHaarDistributed) {  // the mean of R over SO(3) is 0, of tr(R)^2 is 1
  const GroupGrid grid = random_rotations(3, 1000, 1);
  double mean = 0.0, trace_squared = 0.0;
  for (std::int64_t i = 0; i < 1000; ++i) {
    const auto m = grid.matrix(i);
    mean += m[0] / 1000.0;
    trace_squared += (m[0] + m[4] + m[8]) * (m[0] + m[4] + m[8]) / 1000.0;
  }
  EXPECT_NEAR(mean, 0.0, 4.0 * std::sqrt(1.0 / 3.0 / 1000.0));
  EXPECT_NEAR(trace_squared, 1.0, 4.0 * std::sqrt(2.0 / 1000.0));
}

}  // namespace
}  // namespace coset::group
