/// What a run finds in its folder, takes from it and never touches.
#include "coset/train/run_folder.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "coset/io/atomic_write.h"
#include "tests/io/scratch.h"
#include "tests/train/toy_task.h"

namespace coset::train {
namespace {

using io::error_of;
using RunFolderTest = io::Scratch;

TEST_F(RunFolderTest, WhatIsNotOfARunIsNeverReplaced) {
  for (const char* name : {"tensorboard/mine", "result.json", "pictures/holiday.png"}) {
    const std::filesystem::path own = path(std::string("folder/") + name);
    std::filesystem::create_directories(own.parent_path());
    io::atomic_write(own.string(), "mine");
    ToyTask task;
    const std::string message = error_of([&] { train(task, toy_options(path("folder"))); });
    EXPECT_NE(message.find("which a run would replace; choose another folder"), std::string::npos) << message;
    EXPECT_EQ(io::read_text_file(own.string()), "mine");
    std::filesystem::remove_all(path("folder"));
  }
  ToyTask task;  // nor on resume, when it was put there in between
  LoopOptions options = toy_options(path("run"));
  train(task, options);
  io::atomic_write(path("run/tensorboard/notes"), "mine");
  options.resume = true;
  train(task, options);
  EXPECT_EQ(io::read_text_file(path("run/tensorboard/notes")), "mine");
}

TEST_F(RunFolderTest, AFolderIsClaimedOnce) {
  EXPECT_EQ(claim_folder(path("runs/a")), path("runs/a"));
  std::vector<std::string> claimed(8);
  std::vector<std::thread> threads;
  for (std::string& folder : claimed) threads.emplace_back([&] { folder = claim_folder(path("runs/a")); });
  for (std::thread& thread : threads) thread.join();
  std::sort(claimed.begin(), claimed.end());
  EXPECT_EQ(std::unique(claimed.begin(), claimed.end()), claimed.end());
}

TEST_F(RunFolderTest, NoSpaceLeftIsOneLineAndTheOldCheckpointStays) {
  ToyTask task;
  LoopOptions options = toy_options(path("run"));
  options.epochs = 2;
  train(task, options);
  const double best = load_checkpoint(last_checkpoint(path("run"))).progress.best.validation.front().second;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{2048, before.rlim_max};
  ToyTask again;
  options.epochs = 4;
  options.resume = true;
  again.at_step = [&](std::int64_t) { setrlimit(RLIMIT_FSIZE, &small); };
  const std::string message = error_of([&] { train(again, options); });
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(message.find("cannot write"), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  const Checkpoint kept = load_checkpoint(last_checkpoint(path("run")));
  EXPECT_EQ(kept.progress.step, 18);
  EXPECT_EQ(kept.progress.best.validation.front().second, best);
  for (const auto& entry : std::filesystem::directory_iterator(path("run/checkpoints")))
    EXPECT_EQ(entry.path().extension(), ".safetensors") << entry.path();
}

TEST_F(RunFolderTest, RefusesFoldersAndSettingsThatDoNotFit) {
  ToyTask task;
  LoopOptions options = toy_options(path("run"));
  options.epochs = 1;
  train(task, options);
  EXPECT_NE(error_of([&] { train(task, options); }).find("already holds a run"), std::string::npos);
  options.resume = true;
  options.batch_size = 5;
  EXPECT_NE(error_of([&] { train(task, options); }).find("expected seed, examples, batch size"), std::string::npos);
  options = toy_options(path("run"));
  options.resume = true;
  options.average_decay = 0.0;
  EXPECT_NE(error_of([&] { train(task, options); }).find("holds 11 tensors where"), std::string::npos);

  options = toy_options(path("big"));
  options.batch_size = 51;
  options.drop_last = true;
  EXPECT_NE(error_of([&] { train(task, options); }).find("at least one batch of 51"), std::string::npos);
  EXPECT_NE(error_of([&] { load_best(task, path("big")); }), "");
  task.at_step = [&](std::int64_t) {
    ToyTask second;
    EXPECT_NE(error_of([&] { train(second, toy_options(path("busy"))); }).find("another process is training"),
              std::string::npos);
  };
  options = toy_options(path("busy"));
  options.epochs = 1;
  train(task, options);
}

TEST_F(RunFolderTest, ADamagedCheckpointIsRefused) {
  ToyTask task;
  LoopOptions options = toy_options(path("run"));
  options.epochs = 1;
  train(task, options);
  auto bytes = io::read_file(last_checkpoint(path("run")));
  bytes[bytes.size() / 2] ^= std::byte{1};
  io::atomic_write(last_checkpoint(path("run")), bytes);
  options.resume = true;
  EXPECT_NE(error_of([&] { train(task, options); }).find("last.safetensors"), std::string::npos);
}

TEST_F(RunFolderTest, AnImpossiblePlaceInTheRunIsRefused) {
  ToyTask task;
  LoopOptions options = toy_options(path("run"));
  options.epochs = 2;
  train(task, options);
  const Checkpoint good = load_checkpoint(last_checkpoint(path("run")));
  options.resume = true;
  const std::function<void(Progress&)> faults[] = {
      [](Progress& p) { p.batch = -1; },          [](Progress& p) { p.batch = 1; },
      [](Progress& p) { p.step = -18; },          [](Progress& p) { p.epoch = 1; },
      [](Progress& p) { p.metric_lines = -1; },   [](Progress& p) { p.epoch = std::int64_t{1} << 62; },
      [](Progress& p) { p.best.step = 1 << 20; }, [](Progress& p) { p.best.validation.clear(); }};
  for (const auto& fault : faults) {
    Checkpoint bad = good;
    fault(bad.progress);
    save_checkpoint(last_checkpoint(path("run")), bad);
    ToyTask again;
    const std::string message = error_of([&] { train(again, options); });
    EXPECT_NE(message.find("last.safetensors"), std::string::npos) << message;
    EXPECT_EQ(again.steps_taken, 0);
  }
}

TEST_F(RunFolderTest, TheModelOfTheBestIsWrittenAgainOnResume) {
  ToyTask task;
  train(task, toy_options(path("run")));
  ToyTask again;
  LoopOptions options = toy_options(path("run"));
  options.resume = true;
  const TrainResult result = train(again, options);
  EXPECT_EQ(again.steps_taken, 0);
  EXPECT_EQ(again.best_steps, (std::vector<std::int64_t>{result.progress.best.step}));
  ToyTask fresh;
  load_best(fresh, path("run"));
  EXPECT_TRUE(again.best_weights.equal(fresh.net->w1.detach()));
  EXPECT_FALSE(again.net->w1.equal(fresh.net->w1)) << "control: training goes on from the last weights";
}

}  // namespace
}  // namespace coset::train
