#include "coset/train/schedule.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::train {
namespace {

TEST(Schedule, WarmUpRisesLinearlyFromItsFirstStep) {
  const Schedule s{.peak = 2.0, .warmup_steps = 4, .total_steps = 100};
  for (const auto& [step, lr] : {std::pair{0, 0.5}, {1, 1.0}, {2, 1.5}, {3, 2.0}, {4, 2.0}, {99, 2.0}})
    EXPECT_EQ(learning_rate(s, step), lr) << step;
}

TEST(Schedule, CosineGoesFromPeakToFloor) {
  const Schedule s{.shape = Shape::cosine, .peak = 1.0, .warmup_steps = 10, .total_steps = 110, .floor = 0.1};
  EXPECT_NEAR(learning_rate(s, 10), 1.0, laws::kAlgebra);
  EXPECT_NEAR(learning_rate(s, 60), 0.55, laws::kAlgebra);
  EXPECT_NEAR(learning_rate(s, 110), 0.1, laws::kAlgebra);
  EXPECT_EQ(learning_rate(s, 500), learning_rate(s, 110));
  for (std::int64_t step = 11; step <= 110; ++step) EXPECT_LT(learning_rate(s, step), learning_rate(s, step - 1));
}

TEST(Schedule, StepsDecayAtTheirMilestones) {
  const Schedule s{.shape = Shape::step, .peak = 1.0, .total_steps = 1000, .decay = 0.1, .milestones = {0.8, 0.9}};
  EXPECT_EQ(learning_rate(s, 799), 1.0);
  EXPECT_NEAR(learning_rate(s, 800), 0.1, laws::kAlgebra);
  EXPECT_NEAR(learning_rate(s, 899), 0.1, laws::kAlgebra);
  EXPECT_NEAR(learning_rate(s, 900), 0.01, laws::kAlgebra);
  Schedule bounded = s;
  bounded.floor = 0.05;
  EXPECT_NEAR(learning_rate(bounded, 800), 0.1, laws::kAlgebra);
  EXPECT_NEAR(learning_rate(bounded, 900), 0.05, laws::kAlgebra);
}

TEST(Schedule, RefusesWhatIsOutOfRange) {
  EXPECT_THROW(learning_rate({}, -1), Error);
  EXPECT_THROW(learning_rate({.peak = -1.0}, 0), Error);
  EXPECT_THROW(learning_rate({.total_steps = 0}, 0), Error);
  EXPECT_THROW(learning_rate({.floor = 1.5}, 0), Error);
  EXPECT_THROW(parse_shape("cosin"), Error);
  EXPECT_EQ(parse_shape("step"), Shape::step);
}

}  // namespace
}  // namespace coset::train
