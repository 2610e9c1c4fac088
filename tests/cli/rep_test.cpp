#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/cli/program.h"
#include "tests/laws/tolerance.h"

namespace coset::cli {
namespace {

using laws::distance;
using laws::kGolden64;

// The numbers of the list behind "key": in one line of JSON.
std::vector<double> list_of(const std::string& json, const std::string& key) {
  const auto start = json.find("\"" + key + "\":[");
  std::vector<double> numbers;
  if (start == std::string::npos) return numbers;
  const auto open = json.find('[', start) + 1;
  std::string body = json.substr(open, json.find(']', open) - open);
  for (char& c : body)
    if (c == ',') c = ' ';
  std::istringstream in(body);
  for (double x = 0; in >> x;) numbers.push_back(x);
  return numbers;
}

TEST(RepVerb, Irreps) {
  const auto outcome = run_program("rep irreps '8x0e + 4x1o+2e+0o' --json");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(
      outcome.text,
      "{\"print\":\"8x0e+4x1o+1x2e+1x0o\",\"dim\":26,\"num_irreps\":14,\"lmax\":2,\"sorted\":\"1x0o+8x0e+4x1o+1x2e\","
      "\"simplified\":\"8x0e+4x1o+1x2e+1x0o\",\"regrouped\":\"1x0o+8x0e+4x1o+1x2e\"}\n");
  EXPECT_NE(run_program("rep irreps 2x1o").text.find("dim         6\n"), std::string::npos);
}

// Source of all values below: e3nn 0.5.1, specs/steerable.md Appendix A.
TEST(RepVerb, SphericalHarmonics) {
  const auto outcome = run_program("rep sh --lmax 2 --normalization component --no-normalize --json -- 0.3 -1.2 0.7");
  auto values = list_of(outcome.text, "values");
  ASSERT_EQ(values.size(), 9U) << outcome.text;
  values.erase(values.begin(), values.begin() + 4);
  EXPECT_LT(distance(values, std::vector{0.8133265027, -1.3942740046, 2.5714781741, -3.2533060108, 0.7745966692}),
            kGolden64);
}

TEST(RepVerb, WignerAndCouplings) {
  const auto wigner = run_program("rep wigner --l 1 --json -- 0.3 1.1 -2.2");
  EXPECT_EQ(wigner.text.find("{\"shape\":[3,3],\"values\":["), 0U) << wigner.text;
  EXPECT_LT(distance(list_of(wigner.text, "values"),
                     std::vector{-0.4538402197, 0.2633697832, -0.851272819, -0.7205379457, 0.4535961214, 0.5244765271,
                                 0.5242653182, 0.8514029104, -0.0160922408}),
            kGolden64);
  const auto coupling = run_program("rep cg 1 1 2 --json");
  EXPECT_EQ(coupling.text.find("{\"shape\":[3,3,5],\"values\":["), 0U) << coupling.text;
  const auto values = list_of(coupling.text, "values");
  ASSERT_EQ(values.size(), 45U);
  EXPECT_NEAR(values[2], -0.1825741858, kGolden64);
  EXPECT_NEAR(values[4], -0.316227766, kGolden64);
}

TEST(RepVerb, TensorProduct) {
  const std::string input =
      R"(echo '{"x":[0.5,-1,0.1,0.2,0.3],"y":[1,0.4,-0.3,0.2],"w":[-0.2,-0.1,0,0.1,0.2,0.3]}' | )";
  const std::string irreps = "rep tp --in1 2x0e+1x1o --in2 1x0e+1x1o --out 1x0e+1x1o --json ";
  const auto component = run_program(irreps, input);
  EXPECT_EQ(component.text.find("{\"weight_numel\":6,"), 0U) << component.text;
  EXPECT_LT(distance(list_of(component.text, "z"), std::vector{0.004, -0.0115470054, 0.0404145188, 0.0230940108}),
            kGolden64);
  const auto norm = run_program(irreps + "--irrep-normalization norm --path-normalization path", input);
  EXPECT_LT(distance(list_of(norm.text, "z"), std::vector{0.0146969385, -0.0058578644, 0.0432842712, 0.0324264069}),
            kGolden64);
}

TEST(RepVerb, BadInputIsOneLineAndExitCodeTwo) {
  for (const char* arguments : {"rep irreps 3x1q", "rep cg 1 1 3", "rep cg 400 400 400", "rep sh --lmax 1 1 2 nan",
                                "rep sh --lmax 1 --normalization nrom 1 2 3", "rep wigner --l -1 -- 1 2 3",
                                "rep tp --in1 200e --in2 200e --out 0e </dev/null"}) {
    const auto outcome = run_program(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(outcome.text.find("error: "), 0U) << outcome.text;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
  }
  for (const char* input : {R"({"x":[0.5)", R"({"x":[0.5],"y":["a"],"w":[1]})", R"({"x":[1e999],"y":[1],"w":[1]})",
                            R"({"x":[1],"y":[1]})"}) {
    const auto outcome = run_program("rep tp --in1 0e --in2 0e --out 0e", std::string("echo '") + input + "' | ");
    EXPECT_EQ(outcome.exit_code, 2) << input;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 1) << outcome.text;
  }
}

Outcome run_batch(const std::string& lines) {
  const auto file = std::filesystem::temp_directory_path() / ("coset_rep_batch_" + std::to_string(::getpid()));
  std::ofstream(file) << lines;
  const Outcome outcome = run_program("rep batch <" + file.string());
  std::filesystem::remove(file);
  return outcome;
}

// A batch answers every line as the program would have answered it with --json.
TEST(RepVerb, BatchAnswersLineByLine) {
  const std::string lines = R"(# couplings first
cg 1 1 2

sh --lmax 2 --no-normalize -- 0.3 -1.2 0.7
irreps '8x0e + 4x1o'"+2e" --json
wigner --l 1 -- 0.3 1.1 -2.2
tp --in1 1o --in2 1o --out 0e '{"x":[1,2,3],"y":[0,1,0],"w":[1]}'
)";
  const std::string one_by_one =
      run_program("rep cg 1 1 2 --json").text +
      run_program("rep sh --lmax 2 --no-normalize --json -- 0.3 -1.2 0.7").text +
      run_program("rep irreps 8x0e+4x1o+2e --json").text + run_program("rep wigner --l 1 --json -- 0.3 1.1 -2.2").text +
      run_program("rep tp --in1 1o --in2 1o --out 0e --json", R"(echo '{"x":[1,2,3],"y":[0,1,0],"w":[1]}' | )").text;
  const Outcome batch = run_batch(lines);
  EXPECT_EQ(batch.exit_code, 0);
  EXPECT_EQ(batch.text, one_by_one);
  EXPECT_EQ(std::count(batch.text.begin(), batch.text.end(), '\n'), 5);
  EXPECT_EQ(run_batch("").text, "");
}

TEST(RepVerb, BatchEndsAtTheFirstBadLine) {
  for (const char* bad : {"cg 1 1", "irreps 3x1q", "irreps '1o", "tp --in1 0e --in2 0e --out 0e", "cg --help"}) {
    const Outcome outcome = run_batch("cg 0 0 0\n\n" + std::string(bad) + "\ncg 1 1 0\n");
    EXPECT_EQ(outcome.exit_code, 2) << bad;
    EXPECT_EQ(outcome.text.find("{\"shape\":[1,1,1],\"values\":[1.0]}\nerror: line 3: "), 0U) << outcome.text;
    EXPECT_EQ(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 2) << outcome.text;
  }
}

}  // namespace
}  // namespace coset::cli
