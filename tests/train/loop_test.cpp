#include "coset/train/loop.h"

#include <algorithm>
#include <csignal>
#include <fstream>

#include <nlohmann/json.hpp>

#include "coset/io/atomic_write.h"
#include "coset/io/json_lines.h"
#include "coset/io/tensorboard.h"
#include "tests/io/scratch.h"
#include "tests/laws/tolerance.h"
#include "tests/train/toy_task.h"

namespace coset::train {
namespace {

using io::error_of;
using Loop = io::Scratch;

TEST_F(Loop, LearnsAndKeepsTheBestByValidation) {
  ToyTask task;
  const TrainResult result = train(task, toy_options(path("run")));
  EXPECT_EQ(result.stop, Stop::finished);
  EXPECT_EQ(result.progress.step, 108);
  EXPECT_EQ(result.progress.epoch, 12);
  EXPECT_EQ(task.steps_taken, 108);

  double least = HUGE_VAL;
  double first = 0.0;
  std::int64_t least_step = 0;
  for (const std::string& text : io::read_json_lines(path("run/metrics.jsonl"))) {
    const auto line = nlohmann::json::parse(text);
    if (line.at("split") != "validation") continue;
    if (first == 0.0) first = line.at("mse");
    if (line.at("mse") < least) least = line.at("mse"), least_step = line.at("step");
  }
  EXPECT_LT(least, 0.5 * first);
  EXPECT_EQ(result.progress.best.step, least_step);
  EXPECT_EQ(result.progress.best.validation.front().second, least);
  EXPECT_EQ(task.best_steps.back(), least_step);

  ToyTask fresh;
  fresh.module().eval();
  EXPECT_NE(fresh.evaluate(Split::validation), result.progress.best.validation);
  EXPECT_EQ(load_best(fresh, path("run")), result.progress.best);
  EXPECT_EQ(fresh.evaluate(Split::validation), result.progress.best.validation) << "the averaged weights, exactly";
  EXPECT_EQ(fresh.evaluate(Split::test), result.progress.best.test);
  EXPECT_EQ(io::read_text_file(path("run/config.yaml")), "lr: 0.02\n");
}

TEST_F(Loop, TheTestSplitIsMeasuredAtNewBestsOnlyUnlessAsked) {
  for (const bool always : {false, true}) {
    ToyTask task;
    LoopOptions options = toy_options(path(always ? "always" : "bests"));
    options.test_always = always;
    options.schedule.peak = 0.5;  // so fast that some evaluations are worse
    train(task, options);
    ASSERT_LT(task.best_steps.size(), 6U) << "every second of twelve epochs";
    EXPECT_EQ(task.tests, always ? 6 : static_cast<int>(task.best_steps.size()));
  }
}

TEST_F(Loop, HigherMayBeBetter) {  // of a task that learns, the first evaluation then stays the best
  ToyTask task;
  LoopOptions options = toy_options(path("run"));
  options.higher_is_better = true;
  EXPECT_EQ(train(task, options).progress.best.epoch, 2);
  EXPECT_EQ(task.best_steps, (std::vector<std::int64_t>{18}));
}

TEST_F(Loop, EveryEpochReportsItsOwnMeans) {
  struct Listening : ToyTask {
    Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) override {
      const Tensor value = ToyTask::loss(batch, step);
      losses.push_back(value.item<double>());
      return value;
    }
    std::vector<double> losses;
  } task;
  train(task, toy_options(path("run")));
  std::size_t epoch = 0;
  for (const std::string& text : io::read_json_lines(path("run/metrics.jsonl"))) {
    const auto line = nlohmann::json::parse(text);
    if (line.at("split") != "train") continue;
    double mean = 0.0;
    for (std::size_t k = 0; k < 9; ++k) mean += task.losses[9 * epoch + k] / 9.0;
    EXPECT_NEAR(line.at("loss").get<double>(), mean, laws::kAlgebra) << epoch;
    ++epoch;
  }
  EXPECT_EQ(epoch, 12U);
}

TEST_F(Loop, WithoutAnAverageTheBestHasItsBuffersToo) {
  ToyTask task, fresh;
  LoopOptions options = toy_options(path("run"));
  options.average_decay = 0.0;
  const Best best = train(task, options).progress.best;
  load_best(fresh, path("run"));
  EXPECT_EQ(fresh.evaluate(Split::validation), best.validation);
}

TEST_F(Loop, TheAverageHasItsOwnRunningStatistics) {
  ToyTask task;
  train(task, toy_options(path("run")));
  ToyTask fresh;
  load_best(fresh, path("run"));
  NamedTensors tensors = load_checkpoint(best_checkpoint(path("run"))).tensors;
  const auto value = [&](const std::string& name) {
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& named) { return named.name == name; });
    return found == tensors.end() ? Tensor() : found->tensor;
  };
  ASSERT_TRUE(value("average.mean").defined());
  EXPECT_FALSE(value("average.mean").equal(value("buffer.mean"))) << "control: they are two things";
  EXPECT_TRUE(fresh.net->mean.equal(value("average.mean")));
}

TEST_F(Loop, SameSeedSameBits) {
  for (const char* name : {"a", "b"}) {
    ToyTask task;
    train(task, toy_options(path(name)));
  }
  ToyTask task;
  LoopOptions other = toy_options(path("c"));
  other.seed = 6;
  train(task, other);
  EXPECT_EQ(difference(last_checkpoint(path("a")), last_checkpoint(path("b"))), 0.0);
  EXPECT_GT(difference(last_checkpoint(path("a")), last_checkpoint(path("c"))), 0.0) << "control: another seed";
}

TEST_F(Loop, DropLastLeavesOutTheRemainder) {
  ToyTask task;
  LoopOptions options = toy_options(path("run"));
  options.drop_last = true;
  EXPECT_EQ(train(task, options).progress.step, 12 * 8);
}

TEST_F(Loop, SignalFinishesTheStepAndResumeContinuesToTheSameBits) {
  ToyTask whole;
  train(whole, toy_options(path("whole")));
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU}) {
    const std::string folder = path("stopped" + std::to_string(signal));
    ToyTask task;
    task.at_step = [&](std::int64_t step) {
      if (step != 40) return;
      std::raise(signal);
      std::raise(signal);  // the shell's and the kernel's, of one terminal that closes
      std::raise(SIGTERM);
    };
    const TrainResult result = train(task, toy_options(folder));
    EXPECT_EQ(result.stop, Stop::interrupted);
    EXPECT_EQ(result.signal, signal);
    EXPECT_EQ(result.progress.step, 41);
    ToyTask again;
    LoopOptions options = toy_options(folder);
    options.resume = true;
    EXPECT_EQ(train(again, options).progress.step, 108);
    EXPECT_EQ(again.steps_taken, 108 - 41);
    EXPECT_EQ(difference(last_checkpoint(folder), last_checkpoint(path("whole"))), 0.0);
    EXPECT_EQ(difference(best_checkpoint(folder), best_checkpoint(path("whole"))), 0.0);
  }
}

/// Erases one part of the state at step 41 and goes on: the result must differ, or the part was not needed.
TEST_F(Loop, ControlsWithoutAPartOfTheStateEndElsewhere) {
  ToyTask whole;
  train(whole, toy_options(path("whole")));
  const auto damaged = [&](const std::string& name, const std::function<void(Checkpoint&)>& damage) {
    ToyTask task;
    task.at_step = [](std::int64_t step) {
      if (step == 40) std::raise(SIGINT);
    };
    train(task, toy_options(path(name)));
    Checkpoint checkpoint = load_checkpoint(last_checkpoint(path(name)));
    damage(checkpoint);
    save_checkpoint(last_checkpoint(path(name)), checkpoint);
    ToyTask again;
    LoopOptions options = toy_options(path(name));
    options.resume = true;
    train(again, options);
    return difference(last_checkpoint(path(name)), last_checkpoint(path("whole")));
  };
  const auto erase = [](const std::string& prefix) {
    return [prefix](Checkpoint& c) {
      for (auto& named : c.tensors)
        if (named.name.rfind(prefix, 0) == 0) named.tensor.zero_();
    };
  };
  EXPECT_EQ(damaged("untouched", [](Checkpoint&) {}), 0.0);
  EXPECT_GT(damaged("no_m", erase("adam.m.")), 0.0);
  EXPECT_GT(damaged("no_v", erase("adam.v.")), 0.0);
  EXPECT_GT(damaged("no_steps", erase("adam.steps")), 0.0);
  EXPECT_GT(damaged("no_average", erase("average.")), 0.0);
  EXPECT_GT(damaged("no_buffer", erase("buffer.")), 0.0);
  EXPECT_GT(damaged("no_position", [](Checkpoint& c) { c.progress.batch = 0, c.progress.step = 36; }), 0.0);
}

TEST_F(Loop, TheLoopSwitchesModesAndGraphs) {
  for (const bool gradients : {false, true}) {
    ToyTask task;
    task.wants_gradients = gradients;
    train(task, toy_options(path(gradients ? "with" : "without")));
    EXPECT_EQ(task.records_graphs, gradients);
    EXPECT_FALSE(task.trains_in_evaluation);
  }
}

TEST_F(Loop, PartsAddUpToTheBatch) {  // without dropout and running statistics, which parts do not allow
  struct Plain : ToyTask {
    Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) override {
      net->eval();
      return ToyTask::loss(batch, step);
    }
  };
  const auto weights = [&](std::int64_t parts) {
    Plain task;
    LoopOptions options = toy_options(path("parts" + std::to_string(parts)));
    options.epochs = 1;
    options.parts = parts;
    train(task, options);
    EXPECT_EQ(task.steps_taken, parts == 1 ? 9 : 8 * 3 + 2);
    return task.net->w1.detach().clone();
  };
  const Tensor whole = weights(1), thirds = weights(3);
  EXPECT_LE((whole - thirds).abs().max().item<double>(), laws::kEquivariance32);
  EXPECT_FALSE(whole.equal(thirds)) << "control: other parts, other rounding";
}

TEST_F(Loop, StatisticsOfASingleExampleAreRefusedAtOnce) {
  struct Normalised : ToyTask {
    Normalised() { variance = net->register_buffer("variance", at::ones({4})); }
    Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) override {
      const Tensor x = at::ones({static_cast<std::int64_t>(batch.size()), 4});
      at::batch_norm(x, {}, {}, net->mean, variance, true, 0.1, 1e-5, false);
      return ToyTask::loss(batch, step);
    }
    Tensor variance;
  };
  for (const std::int64_t size : {1, 2}) {
    Normalised task;
    LoopOptions options = toy_options(path("batch" + std::to_string(size)));
    options.epochs = 1;
    options.batch_size = size;
    const std::string message = error_of([&] { train(task, options); });
    EXPECT_EQ(message.find("a batch of 1 example makes the running statistics 'variance' NaN") == 0, size == 1)
        << message;
    EXPECT_EQ(task.steps_taken, size == 1 ? 1 : 25);
  }
}

TEST_F(Loop, ALossThatCannotBeDifferentiatedIsNamed) {
  struct Detached : ToyTask {
    Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) override {
      return ToyTask::loss(batch, step).detach();
    }
  } task;
  EXPECT_NE(error_of([&] { train(task, toy_options(path("run"))); }).find("depends on the parameters"),
            std::string::npos);
}

TEST_F(Loop, NumbersBeyondCountingAreRefused) {
  ToyTask task;
  LoopOptions options = toy_options(path("run"));
  options.epochs = INT64_MAX;
  EXPECT_NE(error_of([&] { train(task, options); }).find("expected at most"), std::string::npos);
  options = toy_options(path("run"));
  options.batch_size = INT64_MAX;
  EXPECT_NE(error_of([&] { train(task, options); }).find("expected a batch size in"), std::string::npos);
}

TEST_F(Loop, MetricsHaveNoDuplicatesAfterResume) {
  ToyTask whole;
  train(whole, toy_options(path("whole")));
  ToyTask task;
  LoopOptions options = toy_options(path("run"));
  options.checkpoint_steps = 0;  // the state goes back to the last best validation, the metrics must too
  task.nan_at = 107;
  EXPECT_NE(error_of([&] { train(task, options); }), "");
  EXPECT_GT(io::read_json_lines(path("run/metrics.jsonl")).size(),
            static_cast<std::size_t>(load_checkpoint(last_checkpoint(path("run"))).progress.metric_lines));
  ToyTask again;
  options.resume = true;
  train(again, options);
  const auto curve = [&](const std::string& name) {
    std::vector<nlohmann::json> lines;
    for (const std::string& text : io::read_json_lines(path(name + "/metrics.jsonl"))) {
      lines.push_back(nlohmann::json::parse(text));
      lines.back().erase("seconds");
    }
    return lines;
  };
  EXPECT_EQ(curve("run"), curve("whole"));

  std::vector<std::int64_t> steps;
  for (const auto& entry : std::filesystem::directory_iterator(path("run/tensorboard")))
    for (const auto& event : io::read_tensorboard(entry.path()))
      if (event.tag == "train/loss") steps.push_back(event.step);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99, 108}));
}

TEST_F(Loop, NaNStopsWithOneLineAndKeepsTheLastGoodCheckpoint) {
  ToyTask task;
  task.nan_at = 40;
  const std::string message = error_of([&] { train(task, toy_options(path("run"))); });
  EXPECT_NE(message.find("the loss is nan at step 40 (epoch 5, batch 5 of 9)"), std::string::npos) << message;
  const std::int64_t kept = load_checkpoint(last_checkpoint(path("run"))).progress.step;
  EXPECT_GE(kept, 35);
  EXPECT_NE(message.find("last.safetensors (step " + std::to_string(kept) + ")"), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  ToyTask evaluating;
  evaluating.nan_in_evaluation = true;
  EXPECT_NE(error_of([&] { train(evaluating, toy_options(path("eval"))); }).find("validation mse is nan"),
            std::string::npos);

  ToyTask whole, again;
  train(whole, toy_options(path("whole")));
  LoopOptions options = toy_options(path("run"));
  options.resume = true;
  train(again, options);
  EXPECT_EQ(difference(last_checkpoint(path("run")), last_checkpoint(path("whole"))), 0.0);
}

TEST_F(Loop, CheckpointsHoldFiniteNumbersOnly) {
  const auto save = [&](double value) {
    Checkpoint checkpoint;
    checkpoint.tensors = {{"w", at::full({2}, value)}};
    save_checkpoint(path("checkpoint"), checkpoint);
  };
  for (const double broken : {std::nan(""), HUGE_VAL})
    EXPECT_NE(error_of([&] { save(broken); }).find("'w' holds NaN or infinity"), std::string::npos);
  EXPECT_EQ(files().count("checkpoint"), 0U);
  save(1.0);
  EXPECT_EQ(files().count("checkpoint"), 1U);
}

TEST_F(Loop, TimeBudgetStopsCleanly) {
  ToyTask task;
  task.delay_ms = 5;
  LoopOptions options = toy_options(path("run"));
  options.max_seconds = 0.15;
  const TrainResult result = train(task, options);
  EXPECT_EQ(result.stop, Stop::out_of_time);
  EXPECT_LT(result.progress.step, 40);
  EXPECT_GE(result.progress.best.step, 0);
  EXPECT_EQ(load_checkpoint(last_checkpoint(path("run"))).progress, result.progress);
}

TEST_F(Loop, TimeBudgetHoldsTheLastEvaluation) {
  ToyTask task;
  task.delay_ms = 5, task.evaluation_ms = 300;
  LoopOptions options = toy_options(path("run"));
  options.epochs = 1000;
  options.max_seconds = 1.0;
  const TrainResult result = train(task, options);
  EXPECT_EQ(result.stop, Stop::out_of_time);
  EXPECT_LT(result.progress.seconds, 1.25) << "without reserve: beyond 1.3";
}

}  // namespace
}  // namespace coset::train
