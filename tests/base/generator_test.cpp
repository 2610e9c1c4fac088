#include "coset/base/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "coset/base/error.h"

namespace coset {
namespace {

TEST(Generator, DrawsTheStandardsMersenneTwister) {
  Generator generator(5489);  // the standard's check: the 10,000th draw of the default seed
  for (int i = 0; i < 9999; ++i) generator.bits();
  EXPECT_EQ(generator.bits(), 9981545732273789042ULL);
}

TEST(Generator, HasTheMomentsOfItsDistributions) {
  Generator generator(7);
  const int count = 100000;
  double mean = 0.0, normal_mean = 0.0, square = 0.0, fourth = 0.0;
  for (int i = 0; i < count; ++i) {
    const double u = generator.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    const double z = generator.normal();
    mean += u / count;
    normal_mean += z / count;
    square += z * z / count;
    fourth += z * z * z * z / count;
  }
  EXPECT_NEAR(mean, 0.5, 0.005);
  EXPECT_NEAR(normal_mean, 0.0, 0.015);
  EXPECT_NEAR(square, 1.0, 0.02);
  EXPECT_NEAR(fourth, 3.0, 0.15);
  EXPECT_GT(std::abs(fourth - 1.8), 1.0) << "the control: a uniform variable of variance 1";
}

TEST(Generator, FollowsItsSeedAlone) {
  EXPECT_EQ(Generator(3).normals(5), Generator(3).normals(5));
  EXPECT_NE(Generator(3).normals(5), Generator(4).normals(5));
}

TEST(Generator, PermutesAndRefuses) {
  Generator generator(1);
  std::vector<std::int64_t> order = generator.permutation(50);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  std::vector<std::int64_t> expected(50);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
  EXPECT_TRUE(generator.permutation(0).empty());
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(generator.integer(6));
  EXPECT_EQ(seen, (std::set<std::int64_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_THROW(generator.integer(0), Error);
  EXPECT_THROW(generator.permutation(-1), Error);
}

}  // namespace
}  // namespace coset
