#include "coset/train/optimizer.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>

#include <cmath>
#include <memory>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::train {
namespace {

NamedTensors model(torch::ScalarType dtype) {
  at::manual_seed(3);
  NamedTensors parameters;
  for (const auto& [name, rows, columns] : {std::tuple{"a", 7, 5}, {"b", 1, 11}, {"big", 300, 301}, {"none", 0, 4}})
    parameters.push_back({name, torch::randn({rows, columns}, dtype).set_requires_grad(true)});
  return parameters;
}

/// A different gradient every step; parameter "b" has none at every third step.
void set_gradients(const NamedTensors& parameters, int step) {
  at::manual_seed(100 + static_cast<unsigned>(step));
  for (const auto& [name, tensor] : parameters) {
    Tensor weight = tensor;
    weight.mutable_grad() = name == "b" && step % 3 == 2 ? Tensor() : torch::randn_like(tensor).detach();
  }
}

double worst(const NamedTensors& a, const NamedTensors& b) {
  double distance = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].tensor.numel() > 0) {
      const Tensor difference = (a[i].tensor - b[i].tensor).detach().abs().max();
      distance = std::max(distance, difference.item<double>() / std::max(1.0, b[i].tensor.abs().max().item<double>()));
    }
  return distance;
}

std::vector<Tensor> tensors(const NamedTensors& parameters) {
  std::vector<Tensor> list;
  for (const auto& parameter : parameters) list.push_back(parameter.tensor);
  return list;
}

/// Largest difference from torch's optimiser after 50 steps with decay, clipping and a changing learning rate.
double against_torch(torch::ScalarType dtype, bool decoupled, const AdamOptions& ours) {
  const NamedTensors a = model(dtype);
  const NamedTensors b = model(dtype);
  Adam adam(a, ours);
  std::unique_ptr<torch::optim::Optimizer> reference;
  if (decoupled) {
    reference = std::make_unique<torch::optim::AdamW>(
        tensors(b), torch::optim::AdamWOptions().betas({0.8, 0.95}).eps(1e-7).weight_decay(0.1));
  } else {
    reference = std::make_unique<torch::optim::Adam>(
        tensors(b), torch::optim::AdamOptions().betas({0.8, 0.95}).eps(1e-7).weight_decay(0.1));
  }
  for (int step = 0; step < 50; ++step) {
    const double lr = 0.01 / (1.0 + step);
    set_gradients(a, step);
    set_gradients(b, step);
    const double norm = gradient_norm(a);
    const double clipped = torch::nn::utils::clip_grad_norm_(tensors(b), 5.0);
    EXPECT_NEAR(norm, clipped, laws::kFused32 * clipped);
    adam.step(lr, clip_factor(norm, 5.0));
    for (auto& group : reference->param_groups()) group.options().set_lr(lr);
    reference->step();
  }
  return worst(a, b);
}

TEST(Adam, EqualsTorch) {
  AdamOptions options{.decoupled = false, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-7, .weight_decay = 0.1};
  EXPECT_LE(against_torch(torch::kFloat64, false, options), laws::kFused64);
  EXPECT_LE(against_torch(torch::kFloat32, false, options), laws::kFused32);
  options.decoupled = true;
  EXPECT_LE(against_torch(torch::kFloat64, true, options), laws::kFused64);
  EXPECT_LE(against_torch(torch::kFloat32, true, options), laws::kFused32);
}

TEST(Adam, ControlsDifferFromTorch) {
  const AdamOptions right{.decoupled = true, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-7, .weight_decay = 0.1};
  const double limit = laws::kControlFactor * laws::kFused64;
  for (auto [name, value] :
       {std::pair{&AdamOptions::beta1, 0.81}, {&AdamOptions::eps, 1e-6}, {&AdamOptions::weight_decay, 0.0}}) {
    AdamOptions wrong = right;
    wrong.*name = value;
    EXPECT_GE(against_torch(torch::kFloat64, true, wrong), limit);
  }
  AdamOptions coupled = right;
  coupled.decoupled = false;
  EXPECT_GE(against_torch(torch::kFloat64, true, coupled), limit);
}

TEST(Adam, SameBitsAtAnyThreadCount) {
  const auto run = [](int threads) {
    at::set_num_threads(threads);
    const NamedTensors parameters = model(torch::kFloat32);
    Adam adam(parameters, {.weight_decay = 0.1});
    for (int step = 0; step < 5; ++step) {
      set_gradients(parameters, step);
      adam.step(1e-2, clip_factor(gradient_norm(parameters), 1.0));
    }
    at::set_num_threads(1);
    return parameters;
  };
  const NamedTensors one = run(1);
  for (const int threads : {2, 3, 8}) EXPECT_EQ(worst(run(threads), one), 0.0) << threads;
}

TEST(Adam, StateRestoresExactly) {
  const NamedTensors a = model(torch::kFloat32);
  Adam first(a, {});
  for (int step = 0; step < 4; ++step) set_gradients(a, step), first.step(1e-2);

  NamedTensors b = model(torch::kFloat32);
  NamedTensors control = model(torch::kFloat32);
  Adam second(b, {});
  Adam forgetful(control, {});
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < a.size(); ++i) b[i].tensor.copy_(a[i].tensor), control[i].tensor.copy_(a[i].tensor);
  const NamedTensors from = first.state();
  NamedTensors to = second.state();
  for (std::size_t i = 0; i < from.size(); ++i) {
    EXPECT_EQ(from[i].name, to[i].name);
    to[i].tensor.copy_(from[i].tensor);
  }
  for (int step = 4; step < 8; ++step) {
    set_gradients(a, step), first.step(1e-2);
    set_gradients(b, step), second.step(1e-2);
    set_gradients(control, step), forgetful.step(1e-2);
  }
  EXPECT_EQ(worst(a, b), 0.0);
  EXPECT_GT(worst(a, control), laws::kControlFactor * laws::kFused32);
}

TEST(Adam, TellsAutogradThatWeightsChanged) {
  const NamedTensors parameters = model(torch::kFloat32);
  Adam adam(parameters, {});
  const auto before = parameters[0].tensor._version();
  set_gradients(parameters, 0);
  adam.step(1e-2);
  EXPECT_GT(parameters[0].tensor._version(), before);
}

TEST(Adam, RefusesBadInput) {
  EXPECT_THROW(Adam({}, {}), Error);
  EXPECT_THROW(Adam({{"i", torch::zeros({2}, torch::kInt64)}}, {}), Error);
  EXPECT_THROW(Adam({{"t", torch::zeros({2, 3}).t()}}, {}), Error);
  EXPECT_THROW(Adam({{"a", torch::zeros({2})}, {"b", torch::zeros({2}, torch::kFloat64)}}, {}), Error);
  EXPECT_THROW(Adam(model(torch::kFloat32), {.beta1 = 1.0}), Error);
  Adam adam(model(torch::kFloat32), {});
  EXPECT_THROW(adam.step(NAN), Error);
  EXPECT_NO_THROW(adam.step(1e-3)) << "no gradients: nothing to do";
}

TEST(GradientNorm, SeesNaNAndCountsMissingAsZero) {
  NamedTensors parameters = model(torch::kFloat32);
  EXPECT_EQ(gradient_norm(parameters), 0.0);
  parameters[0].tensor.mutable_grad() = torch::full({7, 5}, 2.0F);
  EXPECT_NEAR(gradient_norm(parameters), 2.0 * std::sqrt(35.0), laws::kAlgebra * 12.0);
  parameters[1].tensor.mutable_grad() = torch::full({1, 11}, NAN);
  EXPECT_TRUE(std::isnan(gradient_norm(parameters)));
  clear_gradients(parameters);
  EXPECT_FALSE(parameters[0].tensor.grad().defined());
}

}  // namespace
}  // namespace coset::train
