#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace coset::cli {
namespace {

TEST(Help, EveryVerbHasAnExample) {
  for (const char* verb :
       {"report",           "compare",   "rep",   "rep irreps", "rep sh", "rep wigner",  "rep cg",
        "rep tp",           "rep batch", "data",  "data nbody", "train",  "train nbody", "train rotmnist",
        "train bloodcells", "eval",      "check", "predict",    "show",   "info",        "bench"}) {
    const auto outcome = run_program(std::string(verb) + " --help");
    EXPECT_EQ(outcome.exit_code, 0) << verb;
    EXPECT_NE(outcome.text.find("Example:"), std::string::npos) << verb;
  }
}

TEST(Help, PresetsSayWhatTheyAreForAndSet) {
  const std::string nbody = run_program("train nbody --help").text;
  for (const char* text : {"\n  demo: ", "\n  tuned: ", " lr=1e-2 clip=0.2 ", "the published baselines", "\nlr: "})
    EXPECT_NE(nbody.find(text), std::string::npos) << text;
  EXPECT_NE(run_program("train rotmnist --help").text.find("\n  paper: published widths"), std::string::npos);
}

}  // namespace
}  // namespace coset::cli
