#include "coset/train/data_parallel.h"

#include <gtest/gtest.h>

#include <vector>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"
#include "tests/laws/tolerance.h"

namespace coset::train {
namespace {

/// mean_i |tanh(x_i a) b - y_i|^2, and a parameter that it does not use.
struct Regression {
  explicit Regression(torch::ScalarType dtype) {
    at::manual_seed(4);
    x = torch::randn({23, 40}, dtype);
    y = torch::randn({23, 3}, dtype);
    a = torch::randn({40, 50}, dtype).set_requires_grad(true);
    b = torch::randn({50, 3}, dtype).set_requires_grad(true);
    unused = torch::zeros({2}, dtype).set_requires_grad(true);
  }
  NamedTensors parameters() const { return {{"a", a}, {"b", b}, {"unused", unused}}; }
  Tensor mean_loss(std::int64_t begin, std::int64_t end) const {
    return (torch::tanh(x.slice(0, begin, end).matmul(a)).matmul(b) - y.slice(0, begin, end)).square().mean();
  }
  double step(std::int64_t parts) const {
    return mean_loss_gradient(parameters(), x.size(0), parts,
                              [this](std::int64_t begin, std::int64_t end) { return mean_loss(begin, end); });
  }
  Tensor x, y, a, b, unused;
};

double relative(const Tensor& value, const Tensor& expected) {
  return ((value - expected).abs().max() / expected.abs().max()).item<double>();
}

TEST(DataParallel, PartsAddUpToTheGradientOfTheWhole) {
  const Regression task(torch::kFloat64);
  const Tensor loss = task.mean_loss(0, 23);
  loss.backward();
  const Tensor whole_a = task.a.grad().clone();
  const Tensor whole_b = task.b.grad().clone();
  for (const std::int64_t parts : {1, 2, 4, 23, 40}) {
    EXPECT_NEAR(task.step(parts), loss.item<double>(), laws::kAlgebra);
    EXPECT_LE(relative(task.a.grad(), whole_a), laws::kAlgebra) << parts;
    EXPECT_LE(relative(task.b.grad(), whole_b), laws::kAlgebra) << parts;
    EXPECT_FALSE(task.unused.grad().defined());
  }
  // Control: the unweighted mean over parts of 5 and 6 examples is another function.
  Tensor unweighted = torch::zeros({}, torch::kFloat64);
  for (std::int64_t k = 0; k < 4; ++k) unweighted += task.mean_loss(k * 23 / 4, (k + 1) * 23 / 4) / 4;
  EXPECT_GT(std::abs((unweighted - loss).item<double>()), laws::kControlFactor * laws::kAlgebra);
}

TEST(DataParallel, TheBitsDependOnPartsAndNotOnThreads) {
  const Regression task(torch::kFloat32);
  std::vector<double> losses;
  std::vector<Tensor> gradients;
  for (const int threads : {1, 2, 3, 8}) {
    compute::set_num_threads(threads);
    losses.push_back(task.step(4));
    gradients.push_back(task.a.grad().clone());
    EXPECT_EQ(losses.back(), losses.front()) << threads;
    EXPECT_TRUE(torch::equal(gradients.back(), gradients.front())) << threads;
  }
  compute::set_num_threads(0);
  task.step(3);
  EXPECT_FALSE(torch::equal(task.a.grad(), gradients.front())) << "control: other parts, other rounding";
}

TEST(DataParallel, ReplacesTheGradientAndPassesErrorsOn) {
  const Regression task(torch::kFloat64);
  task.step(2);
  const Tensor once = task.b.grad().clone();
  task.step(2);
  EXPECT_TRUE(torch::equal(task.b.grad(), once));
  const auto broken = [](std::int64_t, std::int64_t) -> Tensor { fail("no loss here"); };
  EXPECT_THROW(mean_loss_gradient(task.parameters(), 5, 2, broken), Error);
  EXPECT_THROW(mean_loss_gradient(task.parameters(), 0, 1, broken), Error);
  EXPECT_THROW(mean_loss_gradient(task.parameters(), 5, 0, broken), Error);
}

}  // namespace
}  // namespace coset::train
