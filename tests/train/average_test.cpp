#include "coset/train/average.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::train {
namespace {

Tensor weight() {
  return torch::full({1}, 100.0, torch::kFloat64);
}

/// The average after seeing the weights 1, 2, ..., n.
double after(int n, double decay, AverageStart start) {
  const NamedTensors parameters{{"w", weight()}};
  WeightAverage average(parameters, decay, start);
  for (int t = 1; t <= n; ++t) {
    parameters[0].tensor.fill_(t);
    average.update(t);
  }
  return average.state()[0].tensor.item<double>();
}

TEST(WeightAverage, PlainFollowsItsRecursion) {
  double expected = 100.0;
  for (int t = 1; t <= 20; ++t) expected = 0.9 * expected + 0.1 * t;
  EXPECT_NEAR(after(20, 0.9, AverageStart::plain), expected, laws::kAlgebra * expected);
}

TEST(WeightAverage, CorrectedEqualsDividingByTheSumOfWeights) {
  double sum = 0.0;
  double weights = 0.0;
  for (int t = 1; t <= 20; ++t) {
    sum += std::pow(0.9, 20 - t) * t;
    weights += std::pow(0.9, 20 - t);
  }
  EXPECT_NEAR(after(20, 0.9, AverageStart::corrected), sum / weights, laws::kAlgebra * 20.0);
  EXPECT_GT(std::abs(after(20, 0.9, AverageStart::plain) - sum / weights), 1.0) << "control: the start is remembered";
  EXPECT_EQ(after(1, 0.999, AverageStart::corrected), 1.0);
}

TEST(WeightAverage, WarmUpReachesItsDecay) {
  EXPECT_EQ(average_decay(0.999, AverageStart::warm_up, 1), 2.0 / 11.0);
  EXPECT_EQ(average_decay(0.999, AverageStart::warm_up, 100000), 0.999);
}

TEST(WeightAverage, SwapsInAndOutExactly) {
  const NamedTensors parameters{{"w", weight()}};
  WeightAverage average(parameters, 0.5, AverageStart::plain);
  parameters[0].tensor.fill_(1.0 / 3.0);
  average.update(1);
  {
    WeightAverage::Scope scope(&average);
    EXPECT_NEAR(parameters[0].tensor.item<double>(), 0.5 * 100.0 + 0.5 / 3.0, laws::kAlgebra * 50.0);
  }
  EXPECT_EQ(parameters[0].tensor.item<double>(), 1.0 / 3.0);
  WeightAverage::Scope nothing(nullptr);
}

TEST(WeightAverage, RefusesADecayOutOfRange) {
  EXPECT_THROW(WeightAverage({{"w", weight()}}, 1.0, AverageStart::plain), Error);
  EXPECT_THROW(average_decay(0.9, AverageStart::plain, 0), Error);
}

}  // namespace
}  // namespace coset::train
