#include "coset/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace coset {
namespace {

// Source: numpy 1.24, numpy.random.seed(0): rand() 0.5488135039273248, then randn() of a fresh seed
// 0: 1.764052345967664, 0.4001572083672233; permutation(130831) of a fresh seed 0 begins as the Cormorant QM9 split
// (specs/steerable.md 6.2).
TEST(NumpyRandom, MatchesNumpy) {
  EXPECT_DOUBLE_EQ(NumpyRandom(0).uniform(), 0.5488135039273248);
  NumpyRandom normals(0);
  EXPECT_DOUBLE_EQ(normals.normal(), 1.764052345967664);
  EXPECT_DOUBLE_EQ(normals.normal(), 0.4001572083672233);
  const auto split = NumpyRandom(0).permutation(130831);
  const std::vector<std::int64_t> first(split.begin(), split.begin() + 6);
  EXPECT_EQ(first, (std::vector<std::int64_t>{130195, 68784, 7957, 25911, 20168, 12658}));
}

TEST(NumpyRandom, ShufflesArePermutationsThatDependOnSeedAndEpoch) {
  auto order = shuffled_indices(1000, 7, 3);
  EXPECT_EQ(order, shuffled_indices(1000, 7, 3));
  EXPECT_NE(order, shuffled_indices(1000, 7, 4));
  EXPECT_NE(order, shuffled_indices(1000, 8, 3));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1000; ++i) ASSERT_EQ(order[i], i);
}

}  // namespace
}  // namespace coset
