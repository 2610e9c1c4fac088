/// A small regression with everything that makes a resume hard: dropout, a running statistic, shuffled batches.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "coset/train/loop.h"

namespace coset::train {

/// tanh((x - mean) w1) w2 with dropout.
struct ToyNet : torch::nn::Module {
  ToyNet() {
    w1 = register_parameter("w1", 0.5 * torch::randn({4, 16}));
    w2 = register_parameter("w2", 0.25 * torch::randn({16, 1}));
    mean = register_buffer("mean", torch::zeros({4}));
  }
  Tensor forward(const Tensor& x) {
    if (is_training()) mean.lerp_(x.mean(0), 0.1);
    return torch::dropout(torch::tanh((x - mean).matmul(w1)), 0.1, is_training()).matmul(w2);
  }
  Tensor w1, w2, mean;
};

class ToyTask : public Task {
 public:
  ToyTask() {
    at::manual_seed(11);
    inputs_ = torch::randn({64, 4});
    targets_ = torch::tanh(inputs_.sum(1, true));
    net = std::make_shared<ToyNet>();
  }

  torch::nn::Module& module() override { return *net; }
  std::int64_t examples() const override { return 50; }

  Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) override {
    if (delay_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
    if (at_step) at_step(step);
    const Tensor index = torch::tensor(std::vector<std::int64_t>(batch.begin(), batch.end()));
    Tensor loss = (net->forward(inputs_.index_select(0, index)) - targets_.index_select(0, index)).square().mean();
    if (step == nan_at) loss = loss * NAN;
    ++steps_taken;
    return loss;
  }

  Metrics evaluate(Split split) override {
    if (evaluation_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(evaluation_ms));
    if (split == Split::test) ++tests;
    records_graphs = at::GradMode::is_enabled();
    trains_in_evaluation = trains_in_evaluation || net->is_training();
    const std::int64_t from = split == Split::validation ? 50 : 57;
    const Tensor x = inputs_.narrow(0, from, 7);
    const double mse = (net->forward(x) - targets_.narrow(0, from, 7)).square().mean().item<double>();
    return {{"mse", nan_in_evaluation ? std::nan("") : mse}, {"rmse", std::sqrt(mse)}};
  }
  bool evaluation_needs_gradients() const override { return wants_gradients; }

  void on_best(const Best& best) override {
    best_steps.push_back(best.step);
    best_weights = net->w1.detach().clone();
  }

  std::shared_ptr<ToyNet> net;
  int delay_ms = 0, evaluation_ms = 0;
  int tests = 0;  ///< how often the test split was measured
  std::int64_t nan_at = -1;
  bool nan_in_evaluation = false, wants_gradients = false;
  bool records_graphs = false, trains_in_evaluation = false;  ///< what evaluate() saw
  std::function<void(std::int64_t)> at_step;
  std::int64_t steps_taken = 0;
  std::vector<std::int64_t> best_steps;
  Tensor best_weights;  ///< of the latest on_best

 private:
  Tensor inputs_, targets_;
};

/// 9 batches an epoch (the last of 2 examples), 12 epochs: 108 steps.
inline LoopOptions toy_options(const std::string& folder) {
  LoopOptions options;
  options.folder = folder;
  options.config = "lr: 0.02\n";
  options.seed = 5;
  options.epochs = 12;
  options.batch_size = 6;
  options.drop_last = false;
  options.eval_every = 2;
  options.schedule = {.shape = Shape::cosine, .peak = 0.02, .warmup_steps = 5};
  options.adam.weight_decay = 0.01;
  options.clip = 1.0;
  options.average_decay = 0.9;
  options.checkpoint_steps = 7;
  options.checkpoint_seconds = 0.0;
  options.display = nullptr;
  return options;
}

/// Largest difference between the tensors of two checkpoints; infinity when their names or shapes differ.
inline double difference(const std::string& a, const std::string& b, const std::string& prefix = "") {
  const NamedTensors first = load_checkpoint(a).tensors;
  const NamedTensors second = load_checkpoint(b).tensors;
  if (first.size() != second.size()) return HUGE_VAL;
  double worst = 0.0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].name != second[i].name || first[i].tensor.sizes() != second[i].tensor.sizes()) return HUGE_VAL;
    if (first[i].name.rfind(prefix, 0) != 0) continue;
    worst = std::max(
        worst, (first[i].tensor.to(torch::kFloat64) - second[i].tensor.to(torch::kFloat64)).abs().max().item<double>());
  }
  return worst;
}

}  // namespace coset::train
