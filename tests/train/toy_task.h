/// A small regression with everything that makes a resume hard: dropout, a running statistic, shuffled batches.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "coset/train/loop.h"

namespace coset::train {

class ToyTask : public Task {
 public:
  ToyTask() {
    at::manual_seed(11);
    inputs_ = torch::randn({64, 4});
    targets_ = torch::tanh(inputs_.sum(1, true));
    w1_ = (0.5 * torch::randn({4, 16})).set_requires_grad(true);
    w2_ = (0.25 * torch::randn({16, 1})).set_requires_grad(true);
    mean_ = torch::zeros({4});
  }

  NamedTensors parameters() override { return {{"w1", w1_}, {"w2", w2_}}; }
  NamedTensors buffers() override { return {{"mean", mean_}}; }
  std::int64_t examples() const override { return 50; }

  double step(std::span<const std::int64_t> batch, std::int64_t step) override {
    if (delay_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
    if (at_step) at_step(step);
    const Tensor index = torch::tensor(std::vector<std::int64_t>(batch.begin(), batch.end()));
    const Tensor x = inputs_.index_select(0, index);
    mean_.lerp_(x.mean(0), 0.1);
    Tensor loss = (forward(x, true) - targets_.index_select(0, index)).square().mean();
    if (step == nan_at) loss = loss * NAN;
    loss.backward();
    ++steps_taken;
    return loss.item<double>();
  }

  Metrics evaluate(Split split) override {
    torch::NoGradGuard no_grad;
    if (evaluation_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(evaluation_ms));
    if (split == Split::test) ++tests;
    const std::int64_t from = split == Split::validation ? 50 : 57;
    const Tensor x = inputs_.narrow(0, from, 7);
    const double mse = (forward(x, false) - targets_.narrow(0, from, 7)).square().mean().item<double>();
    return {{"mse", nan_in_evaluation ? std::nan("") : mse}, {"rmse", std::sqrt(mse)}};
  }

  void on_best(const Best& best) override { best_steps.push_back(best.step); }

  int delay_ms = 0, evaluation_ms = 0;
  int tests = 0;  ///< how often the test split was measured
  std::int64_t nan_at = -1;
  bool nan_in_evaluation = false;
  std::function<void(std::int64_t)> at_step;
  std::int64_t steps_taken = 0;
  std::vector<std::int64_t> best_steps;

 private:
  Tensor forward(const Tensor& x, bool training) const {
    return torch::dropout(torch::tanh((x - mean_).matmul(w1_)), 0.1, training).matmul(w2_);
  }

  Tensor inputs_, targets_, w1_, w2_, mean_;
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
