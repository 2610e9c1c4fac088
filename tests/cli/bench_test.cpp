#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace coset::cli {
namespace {

using nlohmann::json;

std::vector<std::string> expected_names() {
  std::vector<std::string> names;
  const auto add = [&](std::initializer_list<const char*> cases, std::initializer_list<const char*> kinds) {
    for (const char* name : cases)
      for (const char* kind : kinds) names.push_back(std::string(name) + "/" + kind);
  };
  add({"sh/l3", "sh/l6"}, {"values", "gradient", "vjp"});
  add({"uvu/32l1", "uvu/64l2", "uvu/128l3", "uvu/128l2sh3"}, {"forward", "backward", "second"});
  add({"segnn/nbody", "segnn/qm9_l1a2", "segnn/qm9_l2a3"}, {"forward", "step"});
  add({"regular/c4_16_3_b8x32", "regular/c8_8_5_b8x32", "regular/c8_8_7_b8x32", "regular/c16_8_5_b8x32",
       "regular/c8_8_5_b16x64", "regular/c16_8_5_b16x64"},
      {"infer", "forward", "step"});
  names.emplace_back("regular/expand_c16_8_5");
  return names;
}

TEST(Bench, OneObjectWithEveryCaseInOrder) {
  const Outcome outcome = run_program("bench --quick --json --threads 1");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.text;
  const json run = json::parse(outcome.text);
  for (const char* limit : {"fma_gflops", "copy_gb_s", "sgemm_gflops"})
    EXPECT_GT(run["machine"][limit].get<double>(), 0.0) << limit;
  EXPECT_EQ(run["threads"], 1);
  EXPECT_EQ(run["dtype"], "float32");
  std::vector<std::string> names;
  for (const json& item : run["cases"]) {
    names.push_back(item["name"]);
    EXPECT_GT(item["ours"].get<double>(), 0.0) << names.back();
    EXPECT_GT(item["limit"].get<double>(), 0.0) << names.back();
    EXPECT_TRUE(item["reference"].is_null()) << names.back();
    const std::string room = names.back().substr(0, names.back().find('/'));
    EXPECT_EQ(item["unit"], room == "sh" ? "ns/point" : room == "uvu" ? "us/edge" : "ms");
  }
  EXPECT_EQ(names, expected_names());
}

TEST(Bench, SeveralThreadsAreComparedWithOne) {
  const Outcome both = run_program("bench --quick --json --threads 2 --filter uvu/32l1/forward");
  ASSERT_EQ(both.exit_code, 0) << both.text;
  const json item = json::parse(both.text)["cases"].at(0);
  EXPECT_GT(item["one_thread"].get<double>(), 0.0);
  EXPECT_EQ(run_program("bench --filter no/such/case").exit_code, 2);
}

class BenchCompare : public FolderTest {};

TEST_F(BenchCompare, FailsOnASlowerAndOnAMissingCase) {
  const std::string root = std::string(COSET_GOLDEN_DIR) + "/../..";
  std::string name, last;
  for (std::ifstream history(root + "/bench/results/HISTORY"); std::getline(history, name);)
    if (name.ends_with("-float32-t1.json")) last = name;
  json run = json::parse(std::ifstream(root + "/bench/results/" + last));
  const auto compare = [&](const json& now) {
    std::ofstream(path("run.json")) << now;
    return std::system(("python3 " + root + "/tools/bench_compare " + path("run.json") + " > /dev/null").c_str());
  };
  EXPECT_EQ(compare(run), 0);
  json slower = run;
  slower["cases"][4]["ours"] = 1.2 * run["cases"][4]["ours"].get<double>();
  EXPECT_NE(compare(slower), 0);
  json shorter = run;
  shorter["cases"].erase(7);
  EXPECT_NE(compare(shorter), 0);
}

}  // namespace
}  // namespace coset::cli
