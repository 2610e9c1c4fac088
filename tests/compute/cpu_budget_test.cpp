/// Threads from affinity, control groups and OpenMP's variables, on files as systems write them.
#include "coset/compute/cpu_budget.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace coset::compute {
namespace {

namespace fs = std::filesystem;

class CpuBudget : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = (fs::temp_directory_path() / ("coset_cpu_budget_" + std::to_string(::getpid()))).string();
    fs::remove_all(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  void put(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  CpuSources on(int affinity) const { return {affinity, "", "", root_}; }

  std::string root_;
};

constexpr const char* kMount2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kMount1 =
    "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
    "33 31 0:30 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset\n";

TEST_F(CpuBudget, WithoutFilesTheAffinityDecides) {
  EXPECT_EQ(cpu_quota(root_), std::nullopt);
  EXPECT_EQ(available_cpus(on(6)), 6);
  EXPECT_EQ(default_threads(on(6)), 6);
  EXPECT_EQ(default_threads(on(0)), 1);
}

TEST_F(CpuBudget, VariablesOfOpenMPBound) {
  const auto threads = [&](const char* count, const char* limit) { return default_threads({8, count, limit, root_}); };
  EXPECT_EQ(threads("1", ""), 1);
  EXPECT_EQ(threads("", "2"), 2);
  EXPECT_EQ(threads("4", "2"), 2);
  EXPECT_EQ(threads(" 4,2", ""), 4);
  EXPECT_EQ(threads("64", ""), 8) << "more than there are CPUs is for --threads";
  for (const char* nothing : {"0", "-1", "many", "3x", ","}) EXPECT_EQ(threads(nothing, nothing), 8) << nothing;
  EXPECT_EQ(available_cpus({8, "1", "1", root_}), 8) << "control: CPUs are not threads";
}

TEST_F(CpuBudget, QuotaOfVersion2) {
  put("/proc/self/mountinfo", kMount2);
  put("/proc/self/cgroup", "0::/\n");
  put("/sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(available_cpus(on(8)), 8);
  put("/sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(cpu_quota(root_), 1.5);
  EXPECT_EQ(available_cpus(on(8)), 2);
  EXPECT_EQ(available_cpus(on(1)), 1);
  put("/sys/fs/cgroup/cpu.max", "5000 50000\n");
  EXPECT_EQ(available_cpus(on(8)), 1);
  put("/sys/fs/cgroup/cpu.max", "damaged");
  EXPECT_EQ(available_cpus(on(8)), 8);
}

TEST_F(CpuBudget, TheSmallestOfNestedGroupsCounts) {
  put("/proc/self/mountinfo", kMount2);
  put("/proc/self/cgroup", "0::/user.slice/job/step\n");
  put("/sys/fs/cgroup/user.slice/job/step/cpu.max", "400000 100000\n");
  put("/sys/fs/cgroup/user.slice/job/cpu.max", "300000 100000\n");
  put("/sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
  put("/sys/fs/cgroup/user.slice/other/cpu.max", "100000 100000\n");
  EXPECT_EQ(cpu_quota(root_), 3.0);
}

TEST_F(CpuBudget, QuotaOfVersion1) {
  put("/proc/self/mountinfo", kMount1);
  put("/proc/self/cgroup", "9:cpuset:/a\n8:cpu,cpuacct:/cosettest\n1:name=systemd:/\n0::/\n");
  const std::string folder = "/sys/fs/cgroup/cpu,cpuacct/cosettest/";
  put(folder + "cpu.cfs_quota_us", "-1\n");
  put(folder + "cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpu_quota(root_), std::nullopt);
  put(folder + "cpu.cfs_quota_us", "100000\n");
  EXPECT_EQ(available_cpus(on(2)), 1);
  put(folder + "cpu.cfs_period_us", "25000\n");
  EXPECT_EQ(cpu_quota(root_), 4.0);
}

TEST_F(CpuBudget, AMountOfTheContainersOwnGroup) {
  put("/proc/self/mountinfo", "32 31 0:29 /docker/ab /sys/fs/my\\040cgroup ro master:9 - cgroup cgroup rw,cpu\n");
  put("/sys/fs/my cgroup/cpu.cfs_quota_us", "200000\n");
  put("/sys/fs/my cgroup/cpu.cfs_period_us", "100000\n");
  for (const char* group : {"/docker/ab", "/docker/ab/inner", "/docker/abc", "/../elsewhere"}) {
    put("/proc/self/cgroup", std::string("4:cpu:") + group + "\n");
    EXPECT_EQ(cpu_quota(root_), 2.0) << group;
  }
  put("/proc/self/cgroup", "4:memory:/docker/ab\n");
  EXPECT_EQ(cpu_quota(root_), std::nullopt) << "control: no group of this controller";
}

TEST_F(CpuBudget, ThisProcessIsReadAtEachCall) {
  const char* before = std::getenv("OMP_THREAD_LIMIT");
  const std::string kept = before == nullptr ? "" : before;
  setenv("OMP_THREAD_LIMIT", "1", 1);
  EXPECT_EQ(default_threads(), 1);
  if (before == nullptr)
    unsetenv("OMP_THREAD_LIMIT");
  else
    setenv("OMP_THREAD_LIMIT", kept.c_str(), 1);
  EXPECT_GE(available_cpus(), 1);
}

}  // namespace
}  // namespace coset::compute
