/// The experiment behind "lift to the group": equal size, equal training, and only the network without a kernel
/// constraint can fit a map that looks at orientations.
#include <gtest/gtest.h>

#include <cmath>

#include "coset/nn/activation.h"
#include "coset/nn/grid/group_conv.h"
#include "coset/nn/grid/normalization.h"
#include "coset/nn/pooling.h"
#include "tests/laws/regular_laws.h"

namespace coset::nn {
namespace {

using field::Field;
using field::shared_grid;

/// Adam, 1500 steps on the whole batch; the mean squared error over the variance of the target.
double fitted_error(const std::vector<Tensor>& parameters, const std::function<Tensor()>& predict,
                    const Tensor& target) {
  std::vector<Tensor> mean, square;
  for (const Tensor& p : parameters) mean.push_back(at::zeros_like(p)), square.push_back(at::zeros_like(p));
  double error = 0.0;
  for (int step = 1; step <= 1500; ++step) {
    for (const Tensor& p : parameters) p.mutable_grad() = Tensor();
    const Tensor loss = (predict() - target).square().mean() / target.var();
    loss.backward();
    error = loss.item<double>();
    const at::NoGradGuard no_grad;
    const double rate = 0.01 * (1.0 - step / 1501.0);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Tensor& g = parameters[i].grad();
      mean[i].mul_(0.9).add_(g, 0.1);
      square[i].mul_(0.99).addcmul_(g, g, 0.01);
      parameters[i].sub_(rate * (mean[i] / (1.0 - std::pow(0.9, step))) /
                         ((square[i] / (1.0 - std::pow(0.99, step))).sqrt() + 1e-8));
    }
  }
  return error;
}

std::int64_t count(const std::vector<Tensor>& parameters) {
  std::int64_t total = 0;
  for (const Tensor& p : parameters) total += p.numel();
  return total;
}

TEST(Expressivity, LiftingFitsWhatIsotropicLayersOfEqualSizeCannot) {
  torch::manual_seed(7);
  const auto c8 = shared_grid("c8");
  const auto images = laws::random_field(field::FieldType::trivial(c8, 1), 12, at::kFloat);
  const Field f(images.type(), at::randn({12, 1, 12, 12}));
  // the target: how strongly any orientation of one edge filter responds, an equivariant map of images to images
  LiftingConv teacher(c8, 1, 1, {.size = 5, .bias = false});
  teacher.weight.set_data(at::tensor({-1.F, -2.F, 0.F, 2.F, 1.F}).repeat({5}).view({1, 1, 25}) / 8.0);
  const Tensor target = project(activate(teacher.forward(f), ops::Activation::relu), Pool::max).data().detach();

  LiftingConv lift(c8, 1, 4, {.size = 5});
  IsotropicConv read(c8, 4, 1, {.size = 1});
  const double lifted = fitted_error(
      {lift.weight, lift.bias, read.weight, read.bias},
      [&] { return read.forward(project(activate(lift.forward(f), ops::Activation::relu), Pool::max)).data(); },
      target);

  IsotropicConv first(c8, 1, 4, {.size = 5}), second(c8, 4, 4, {.size = 5, .geometry = {.padding = 2}}),
      last(c8, 4, 1, {.size = 1});
  const std::vector<Tensor> isotropic_parameters{first.weight, first.bias,  second.weight,
                                                 second.bias,  last.weight, last.bias};
  const double isotropic = fitted_error(
      isotropic_parameters,
      [&] {
        return last
            .forward(activate(second.forward(activate(first.forward(f), ops::Activation::relu)), ops::Activation::relu))
            .data();
      },
      target);
  EXPECT_LE(count({lift.weight, lift.bias, read.weight, read.bias}), count(isotropic_parameters))
      << "the isotropic one is not smaller";
  RecordProperty("lifted", std::to_string(lifted));
  RecordProperty("isotropic", std::to_string(isotropic));
  EXPECT_LE(lifted, 0.1 * isotropic) << lifted << " against " << isotropic;
}

TEST(RegularLayers, CopiedStateGivesTheSameBits) {
  const auto c8 = shared_grid("c8");
  GroupConv a(c8, 2, 3), b(c8, 2, 3);
  FieldBatchNorm norm_a(a.out()), norm_b(b.out());
  const auto f = laws::random_field(a.in(), 7, at::kFloat);
  norm_a.forward(a.forward(f));  // moves the running statistics
  const at::NoGradGuard no_grad;
  const auto copy = [](torch::nn::Module& from, torch::nn::Module& to) {
    for (auto& item : from.named_parameters()) to.named_parameters()[item.key()].copy_(item.value());
    for (auto& item : from.named_buffers()) to.named_buffers()[item.key()].copy_(item.value());
  };
  copy(a, b), copy(norm_a, norm_b);
  a.eval(), b.eval(), norm_a.eval(), norm_b.eval();
  EXPECT_TRUE(at::equal(norm_a.forward(a.forward(f)).data(), norm_b.forward(b.forward(f)).data()));
  EXPECT_EQ(a.named_buffers().size(), 0U) << "the filter bank is never part of the state";
}

}  // namespace
}  // namespace coset::nn
