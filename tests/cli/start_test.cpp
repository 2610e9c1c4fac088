/// The program as a process: what it costs to start, its streams, its hints.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/cli/program.h"

namespace coset::cli {
namespace {

namespace fs = std::filesystem;

struct Cost {
  double seconds = 1e9;  ///< of processor time
  long megabytes = 0;
};

/// The cheapest of some starts: the first one reads the program from the disk.
Cost cost_of(std::vector<std::string> words) {
  Cost cost;
  words.insert(words.begin(), std::getenv("COSET_PROGRAM"));
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  for (int i = 0; i < 8; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    int status = 0;
    rusage used{};
    wait4(child, &status, 0, &used);
    EXPECT_EQ(status, 0) << words.back();
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    cost.seconds = std::min(cost.seconds, seconds(used.ru_utime) + seconds(used.ru_stime));
    cost.megabytes = std::max(cost.megabytes, used.ru_maxrss / 1024);
  }
  return cost;
}

TEST(Start, WithoutLibTorchItIsCheap) {
  ASSERT_NE(std::getenv("COSET_PROGRAM"), nullptr);
  for (const auto& words : {std::vector<std::string>{"--help"}, {"--version"}, {"rep", "cg", "1", "1", "2"}}) {
    const Cost cost = cost_of(words);
    EXPECT_LT(cost.seconds, 0.02) << words.front();
    EXPECT_LT(cost.megabytes, 20) << words.front();
  }
  EXPECT_GT(cost_of({"train", "--help"}).seconds, 0.02) << "control: LibTorch registers itself";
}

TEST(Start, VersionSaysWhatWasBuilt) {
  const Outcome version = run_program("--version");
  EXPECT_EQ(version.exit_code, 0);
  for (const char* part : {"coset 0.", "commit ", "LibTorch ", "SIMD "})
    EXPECT_NE(version.text.find(part), std::string::npos) << version.text;
}

TEST(Start, HelpOfAVerb) {
  EXPECT_EQ(run_program("help").text, run_program("--help").text);
  EXPECT_EQ(run_program("help rep sh").text, run_program("rep sh --help").text);
  EXPECT_EQ(run_program("help check").text, run_program("check --help").text);
  EXPECT_EQ(run_program("help").exit_code, 0);
}

TEST(Start, AFullDiskIsNoSuccess) {
  for (const char* words : {"--version", "--help", "rep irreps 8x0e --json", "train --help", "help check"}) {
    EXPECT_EQ(run_program(std::string(words) + " >/dev/full").exit_code, 2) << words;
    EXPECT_EQ(run_program(std::string(words) + " >/dev/null").exit_code, 0) << words;
  }
  const Outcome said = run_program("rep irreps 8x0e 2>&1 >/dev/full #");
  EXPECT_EQ(said.text, "error: cannot write standard output: No space left on device\n");
}

class StartInFolder : public FolderTest {
 protected:
  Outcome coset(const std::string& arguments, const std::string& before = "") const {
    return run_program(arguments, before + "XDG_CACHE_HOME=" + path("cache") + " ");
  }
  const std::string small_ =
      " width=8 layers=1 train_samples=20 valid_samples=10 test_samples=10 batch_size=10 epochs=1 --threads 1";
};

TEST_F(StartInFolder, ClosedStreamsReceiveNothing) {
  for (const char* closed : {">&- 2>&-", "<&- 2>&-", "<&- >&- 2>&-"}) {
    const Outcome trained = run_program("train nbody --out " + path("run") + small_ + " " + closed + "'",
                                        "sh -c 'XDG_CACHE_HOME=" + path("cache") + " exec ");
    EXPECT_EQ(trained.exit_code, 0) << closed << trained.text;
    std::ifstream metrics(path("run/metrics.jsonl"));
    for (std::string line; std::getline(metrics, line);) EXPECT_EQ(line.front(), '{') << line;
    EXPECT_TRUE(fs::exists(path("run/report.html"))) << closed;
    fs::remove_all(path("run"));
  }
}

TEST_F(StartInFolder, RunsStartedTogetherGetFoldersOfTheirOwn) {
  const std::string one = std::string(std::getenv("COSET_PROGRAM")) + " train nbody" + small_ + " & ";
  const std::string before = "cd " + root_.string() + " && export XDG_CACHE_HOME=cache && (" + one + one + one +
                             "wait) >/dev/null 2>&1; true ";
  EXPECT_EQ(run_program("--version", before + "&& ").exit_code, 0);
  int reports = 0;
  for (const char* name : {"nbody-segnn-demo", "nbody-segnn-demo-2", "nbody-segnn-demo-3"})
    reports += fs::exists(root_ / "runs" / name / "report.html");
  EXPECT_EQ(reports, 3);
}

TEST_F(StartInFolder, WhatRefusesLeavesNoFolder) {
  EXPECT_EQ(coset("train rotmnist --data nowhere", "cd " + root_.string() + " && ").exit_code, 2);
  EXPECT_FALSE(fs::exists(root_ / "runs"));
}

TEST_F(StartInFolder, HintsNameWhatWasMeant) {
  const auto hint = [&](const std::string& arguments, const std::string& expected) {
    const Outcome outcome = coset(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_NE(outcome.text.find(expected), std::string::npos) << outcome.text;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
  };
  hint("train nbody --epochs 1", "settings are words without dashes: epochs=1");
  hint("train nbody --batch-size=5", "settings are words without dashes: batch_size=5");
  hint("train mnist", "did you mean 'rotmnist'?");
  ASSERT_EQ(coset("train nbody --out " + path("first-run") + small_).exit_code, 0);
  hint("check " + path("first-rum"), "did you mean '" + path("first-run") + "'?");
  fs::create_directories(path("empty"));
  hint("eval " + path("empty"), "expected a run folder, or a model file in one; there is no");
  hint("train nbody --resume " + path("first-run") + " epochs=5", path("first-run/config.yaml"));
  hint("train nbody --resume " + path("first-run") + " --data x", "unknown option --data");
  const Outcome again = coset("train nbody --resume " + path("first-run") + " --threads 1");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_NE(again.text.find("nothing left to train: the run has finished its 1 epochs"), std::string::npos)
      << again.text;
  fs::create_directories(path("mine/tensorboard"));
  std::ofstream(path("mine/tensorboard/curve")) << "mine";
  hint("train nbody --out " + path("mine") + small_, "already holds tensorboard, which a run would replace");
  EXPECT_TRUE(fs::exists(path("mine/tensorboard/curve")));
}

TEST_F(StartInFolder, ThreadsFollowOpenMPUnlessToldOtherwise) {
  std::string small = small_.substr(0, small_.find(" --threads"));
  const auto said = [&](const std::string& arguments, const std::string& before) {
    fs::remove_all(path("threads"));
    return coset("train nbody --out " + path("threads") + small + arguments, before).text;
  };
  EXPECT_NE(said("", "OMP_NUM_THREADS=1 ").find(", 1 threads,"), std::string::npos);
  EXPECT_NE(said("", "OMP_THREAD_LIMIT=1 ").find(", 1 threads,"), std::string::npos);
  EXPECT_NE(said(" --threads 2", "OMP_NUM_THREADS=1 ").find(", 2 threads,"), std::string::npos);
}

TEST_F(StartInFolder, ThreadsThatWaitSleepSoon) {
  const std::string show = "env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_DISPLAY_ENV=verbose ";
  const auto bounded = [&](const std::string& before) {
    return run_program("check " + path("nothing"), before).text.find("GOMP_SPINCOUNT = '1000'") != std::string::npos;
  };
  EXPECT_TRUE(bounded(show));
  EXPECT_FALSE(bounded(show + "OMP_WAIT_POLICY=active ")) << "control: what the user says stands";
  EXPECT_FALSE(bounded(show + "GOMP_SPINCOUNT=77 "));
}

TEST_F(StartInFolder, NamesCannotMoveTheCursor) {
  const Outcome outcome = coset("check '" + path("a\x1b[2Jb") + "'");
  EXPECT_EQ(outcome.text.find('\x1b'), std::string::npos);
  EXPECT_NE(outcome.text.find("a\\x1b[2Jb"), std::string::npos) << outcome.text;
}

}  // namespace
}  // namespace coset::cli
