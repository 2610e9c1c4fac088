/// kill -9 at random moments, resume, and compare with an undisturbed run. The victim is this program, started again.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <random>

#include <nlohmann/json.hpp>

#include "coset/io/json_lines.h"
#include "tests/io/scratch.h"
#include "tests/train/toy_task.h"

extern char** environ;

namespace coset::train {
namespace {

constexpr const char* kFolder = "COSET_TEST_RUN_FOLDER";

/// The victim: trains in the folder that the environment names, slowly enough to be hit in the middle.
TEST(Victim, DISABLED_Trains) {
  const char* folder = std::getenv(kFolder);
  ASSERT_NE(folder, nullptr);
  ToyTask task;
  task.delay_ms = 10;
  LoopOptions options = toy_options(folder);
  options.resume = true;
  EXPECT_EQ(train(task, options).stop, Stop::finished);
}

pid_t start_victim(const std::string& folder) {
  setenv(kFolder, folder.c_str(), 1);
  char self[4096] = {};
  if (readlink("/proc/self/exe", self, sizeof self - 1) <= 0) return -1;
  std::string filter = "--gtest_filter=Victim.DISABLED_Trains";
  std::string disabled = "--gtest_also_run_disabled_tests";
  std::string quiet = "--gtest_brief=1";
  char* arguments[] = {self, filter.data(), disabled.data(), quiet.data(), nullptr};
  pid_t child = -1;
  posix_spawn(&child, self, nullptr, nullptr, arguments, environ);
  return child;
}

std::vector<nlohmann::json> curve(const std::string& folder) {
  std::vector<nlohmann::json> lines;
  for (const std::string& text : io::read_json_lines(folder + "/metrics.jsonl")) {
    lines.push_back(nlohmann::json::parse(text));
    lines.back().erase("seconds");
  }
  return lines;
}

using Kill = io::Scratch;

TEST_F(Kill, AtAnyMomentThenResumeEndsWithTheSameBits) {
  ToyTask undisturbed;
  train(undisturbed, toy_options(path("whole")));

  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int kills = 0;
  bool finished = false;
  for (int attempt = 0; attempt < 40 && !finished; ++attempt) {
    const pid_t child = start_victim(path("killed"));
    ASSERT_GT(child, 0);
    if (kills < 6) {
      // Wait for the victim to write its first checkpoint of this life, then strike at a random moment.
      const auto before = std::filesystem::exists(last_checkpoint(path("killed")))
                              ? load_checkpoint(last_checkpoint(path("killed"))).progress.step
                              : -1;
      for (int i = 0; i < 2000; ++i) {
        usleep(5000);
        if (std::filesystem::exists(last_checkpoint(path("killed"))) &&
            load_checkpoint(last_checkpoint(path("killed"))).progress.step > before)
          break;
      }
      usleep(random() % 40000);
      kill(child, SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
      ++kills;
    } else {
      ASSERT_EQ(WEXITSTATUS(status), 0);
      finished = true;
    }
  }
  EXPECT_TRUE(finished);
  EXPECT_GE(kills, 3);
  EXPECT_EQ(difference(last_checkpoint(path("killed")), last_checkpoint(path("whole"))), 0.0);
  EXPECT_EQ(difference(best_checkpoint(path("killed")), best_checkpoint(path("whole"))), 0.0);
  EXPECT_EQ(load_checkpoint(best_checkpoint(path("killed"))).progress.best,
            load_checkpoint(best_checkpoint(path("whole"))).progress.best);
  EXPECT_EQ(curve(path("killed")), curve(path("whole")));
}

}  // namespace
}  // namespace coset::train
