#include "coset/rep/tensor_product_plan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using laws::kAlgebra;
using Mode = ConnectionMode;
constexpr auto kNorm = IrrepNormalization::norm;
constexpr auto kPath = PathNormalization::path;

// "0,1->2 uvw" for each path: the order that decides the weight layout.
std::vector<std::string> paths_of(const TensorProductPlan& plan) {
  std::vector<std::string> lines;
  for (const auto& path : plan.paths) {
    const Instruction& i = path.instruction;
    lines.push_back(std::to_string(i.in1) + "," + std::to_string(i.in2) + "->" + std::to_string(i.out) + " " +
                    to_string(i.mode));
  }
  return lines;
}

void expect_coefficients(const TensorProductPlan& plan, const std::vector<double>& expected) {
  ASSERT_EQ(plan.paths.size(), expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(plan.paths[k].coefficient, expected[k], kAlgebra) << k;
}

std::string error_of(const Irreps& in1, const Irreps& in2, const Irreps& out, const Instruction& instruction) {
  try {
    make_tensor_product(in1, in2, out, {instruction});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// Source of every coefficient below: e3nn 0.5.1, instructions[].path_weight in float64 (golden.json).
TEST(TensorProductPlan, FullyConnectedMatchesE3nn) {
  const Irreps in1("4x0e+3x1o+2x2e+2x1e");
  const Irreps out("5x0e+4x1o+2x2e+2x1e+1x0o");
  const auto plan = fully_connected_tensor_product(in1, Irreps("2x0e+3x1o"), out);
  const std::vector<std::string> lines{"0,0->0 uvw", "0,1->1 uvw", "1,0->1 uvw", "1,1->0 uvw",
                                       "1,1->2 uvw", "1,1->3 uvw", "2,0->2 uvw", "2,1->1 uvw",
                                       "3,0->3 uvw", "3,1->1 uvw", "3,1->4 uvw"};
  EXPECT_EQ(paths_of(plan), lines);
  expect_coefficients(plan, {0.24253562503633297, 0.31622776601683794, 0.31622776601683794, 0.24253562503633297,
                             0.6201736729460423, 0.4803844614152614, 0.6201736729460423, 0.31622776601683794,
                             0.4803844614152614, 0.31622776601683794, 0.408248290463863});
  EXPECT_EQ(plan.weight_numel, 263);
  EXPECT_EQ(plan.paths[0].weight_shape, (std::vector<std::int64_t>{4, 2, 5}));
  EXPECT_EQ(plan.paths[1].weight_offset, 40);
  EXPECT_EQ(plan.paths[10].offset1, 23);
  EXPECT_EQ(plan.paths[10].offset_out, 33);
  EXPECT_EQ(plan.out_reached, std::vector<bool>(5, true));
}

TEST(TensorProductPlan, NormAndPathNormalisationsMatchE3nn) {
  const Irreps in1("4x0e+3x1o+2x2e+2x1e");
  const auto plan =
      fully_connected_tensor_product(in1, Irreps("1x0e+1x1o+1x2e"), Irreps("5x0e+4x1o+2x2e+2x1e+1x0o"), {kNorm, kPath});
  EXPECT_EQ(plan.weight_numel, 147);
  expect_coefficients(plan, {0.28867513459481287, 0.3872983346207417, 0.5, 0.4472135954999579, 1.0, 0.7745966692414834,
                             0.8660254037844386, 1.0, 0.7071067811865476, 1.224744871391589, 2.041241452319315,
                             1.5811388300841898, 1.7677669529663689, 0.6123724356957945, 0.9486832980505138,
                             2.1213203435596424, 1.224744871391589, 1.3693063937629153});
}

TEST(TensorProductPlan, FullProductSortsItsOutputs) {
  const auto plan = full_tensor_product(Irreps("2x0e+2x1o"), Irreps("1x0e+1x1o"));
  EXPECT_EQ(plan.out.to_string(), "2x0e+2x0e+2x1o+2x1o+2x1e+2x2e");
  EXPECT_EQ(paths_of(plan), (std::vector<std::string>{"0,0->0 uvuv", "0,1->2 uvuv", "1,0->3 uvuv", "1,1->1 uvuv",
                                                      "1,1->4 uvuv", "1,1->5 uvuv"}));
  expect_coefficients(plan, {1.0, std::sqrt(3.0), std::sqrt(3.0), 1.0, std::sqrt(3.0), std::sqrt(5.0)});
  EXPECT_EQ(plan.weight_numel, 0);
  EXPECT_EQ(full_tensor_product(Irreps("2x1o+1x0e"), Irreps("1x1o+1x2e")).out.to_string(),
            "2x0e+2x1o+1x1o+2x1e+2x2o+2x2e+1x2e+2x3o");
}

TEST(TensorProductPlan, ElementwiseProductAlignsMultiplicities) {
  const auto plan = elementwise_tensor_product(Irreps("2x0e+2x1o"), Irreps("3x0e+1x1o"));
  EXPECT_EQ(plan.out.to_string(), "2x0e+1x1o+1x0e+1x1e+1x2e");
  EXPECT_EQ(plan.in1.to_string(), "2x0e+1x1o+1x1o");
  EXPECT_EQ(plan.in2.to_string(), "2x0e+1x0e+1x1o");
  expect_coefficients(plan, {1.0, std::sqrt(3.0), 1.0, std::sqrt(3.0), std::sqrt(5.0)});
  EXPECT_THROW(elementwise_tensor_product(Irreps("2x0e"), Irreps("3x0e")), Error);
}

TEST(TensorProductPlan, SquareMatchesE3nn) {
  const auto plan = tensor_square(Irreps("3x0e+2x1o"), Irreps("2x0e+2x1o+2x2e"));
  EXPECT_EQ(paths_of(plan), (std::vector<std::string>{"0,0->0 u<vw", "0,0->0 uuw", "0,1->1 uvw", "1,1->0 u<vw",
                                                      "1,1->0 uuw", "1,1->2 u<vw", "1,1->2 uuw"}));
  expect_coefficients(plan, {0.3333333333333333, 0.19245008972987526, 0.7071067811865476, 0.3333333333333333,
                             0.14907119849998599, 1.2909944487358056, 0.9128709291752768});
  EXPECT_EQ(plan.weight_numel, 36);
  const auto weightless = tensor_square(Irreps("1x0e+1x1o"));
  EXPECT_EQ(weightless.out.to_string(), "1x0e+1x0e+1x1o+1x2e");
  EXPECT_EQ(weightless.weight_numel, 0);
}

TEST(TensorProductPlan, EveryModeHasItsWeightShape) {
  struct Case {
    Mode mode;
    const char *in1, *in2, *out;
    std::vector<std::int64_t> shape;
    double elements;
  };
  const std::vector<Case> cases{
      {Mode::uvw, "4x1o", "3x1o", "5x0e", {4, 3, 5}, 12}, {Mode::uvu, "4x1o", "3x1o", "4x0e", {4, 3}, 3},
      {Mode::uvv, "4x1o", "3x1o", "3x0e", {4, 3}, 4},     {Mode::uuw, "4x1o", "4x1o", "5x0e", {4, 5}, 4},
      {Mode::uuu, "4x1o", "4x1o", "4x0e", {4}, 1},        {Mode::uvuv, "4x1o", "3x1o", "12x0e", {4, 3}, 1},
      {Mode::uvu_v, "4x1o", "4x1o", "6x0e", {6}, 1},      {Mode::u_vw, "4x1o", "4x1o", "5x0e", {6, 5}, 6}};
  for (const auto& c : cases) {
    const auto plan = make_tensor_product(Irreps(c.in1), Irreps(c.in2), Irreps(c.out), {{0, 0, 0, c.mode}});
    EXPECT_EQ(plan.paths[0].weight_shape, c.shape) << to_string(c.mode);
    EXPECT_NEAR(plan.paths[0].coefficient, std::sqrt(1.0 / c.elements), kAlgebra) << to_string(c.mode);
    EXPECT_EQ(parse_connection_mode(to_string(c.mode)), c.mode);
  }
  EXPECT_THROW(parse_connection_mode("uwv"), Error);
}

TEST(TensorProductPlan, RefusesWrongInstructionsInOneLine) {
  EXPECT_EQ(error_of(Irreps("4x1o"), Irreps("1x1o"), Irreps("2x1o"), {}),
            "[rep::make_tensor_product] expected parities p1 p2 = p_out; received instruction 0,0->0 (4x1o (x) 1x1o -> "
            "2x1o, uvw)");
  EXPECT_EQ(
      error_of(Irreps("4x1o"), Irreps("1x1o"), Irreps("2x3e"), {}),
      "[rep::make_tensor_product] expected |l1 - l2| <= l_out <= l1 + l2; received instruction 0,0->0 (4x1o (x) 1x1o "
      "-> 2x3e, uvw)");
  EXPECT_EQ(
      error_of(Irreps("4x1o"), Irreps("1x1o"), Irreps("2x0e"), {.mode = Mode::uvu}),
      "[rep::make_tensor_product] expected mul_out = mul1; received instruction 0,0->0 (4x1o (x) 1x1o -> 2x0e, uvu)");
  EXPECT_EQ(error_of(Irreps("4x1o"), Irreps("1x1o"), Irreps("2x0e"), {.in2 = 1}),
            "[rep::make_tensor_product] expected second block numbers below 1 (1x1o); received instruction 0,1->0");
  const Irreps a("4x0e");
  EXPECT_NE(error_of(a, Irreps("3x0e"), Irreps("3x0e"), {.mode = Mode::uuw}), "");
  EXPECT_NE(error_of(a, a, Irreps("3x0e"), {.mode = Mode::uuu}), "");
  EXPECT_NE(error_of(a, a, a, {.mode = Mode::uvuv}), "");
  EXPECT_NE(error_of(a, a, a, {.mode = Mode::uvu_v}), "");
  EXPECT_NE(error_of(a, a, a, {.has_weight = false}), "");
  EXPECT_NE(error_of(a, a, a, {.path_weight = -1.0}), "");
}

TEST(TensorProductPlan, KeepsUnreachedAndEmptyBlocks) {
  const auto plan = fully_connected_tensor_product(Irreps("2x0e+0x1o"), Irreps("1x0e"), Irreps("1x0e+3x2o+2x1o"));
  EXPECT_EQ(plan.out_reached, (std::vector<bool>{true, false, false}));
  EXPECT_EQ(plan.weight_numel, 2);
  EXPECT_TRUE(fully_connected_tensor_product(Irreps(""), Irreps("1x0e"), Irreps("1x0e")).paths.empty());
}

TEST(TensorProductPlan, PrintsOneLinePerPath) {
  const auto plan = fully_connected_tensor_product(Irreps("32x1o"), Irreps("1x1o"), Irreps("64x0e+2x1e"));
  EXPECT_EQ(describe(plan),
            "32x1o (x) 1x1o -> 64x0e  uvw  weights 32x1x64  c 0.1768\n32x1o (x) 1x1o -> 2x1e  uvw  weights 32x1x2  c "
            "0.3062\n");
}

TEST(TensorProductPlan, ReadsBackEqual) {
  std::mt19937 engine(3);
  const auto below = [&](unsigned n) { return static_cast<int>(engine() % n); };
  const auto irreps = [&] {
    std::vector<MulIrrep> blocks;
    for (int b = below(4); b >= 0; --b) blocks.push_back({below(6), {below(4), below(2) == 0 ? 1 : -1}});
    return Irreps(blocks);
  };
  for (int i = 0; i < 100; ++i) {
    const auto normalization = static_cast<IrrepNormalization>(below(3));
    for (const auto& plan : {fully_connected_tensor_product(irreps(), irreps(), irreps(), {normalization, kPath}),
                             full_tensor_product(irreps(), irreps()), tensor_square(irreps())}) {
      EXPECT_EQ(parse_tensor_product_plan(to_string(plan)), plan) << to_string(plan);
      if (plan.paths.empty()) continue;
      TensorProductPlan other = plan;
      other.paths.back().coefficient *= 1.0 + 1e-15;
      EXPECT_FALSE(parse_tensor_product_plan(to_string(plan)) == other);
    }
  }
  Instruction path{.mode = Mode::uvu, .path_weight = 0.3};
  const auto plan = make_tensor_product(Irreps("3x1o"), Irreps("2x1o"), Irreps("3x0e"), {path}, {kNorm, kPath});
  EXPECT_EQ(parse_tensor_product_plan(to_string(plan)), plan);
}

TEST(TensorProductPlan, RefusesTextInOneLine) {
  const std::string good = "in1=4x0e in2=1x0e out=2x0e path=0,0,0,uvw,weight,1,0.5";
  EXPECT_NO_THROW(parse_tensor_product_plan(good));
  std::vector<std::string> bad{"",
                               "in1=4x0e",
                               good + ",1",
                               good + " ",
                               good + " path=0,0,0,uvw,weight,1",
                               "in1=4x0e in2=1x0e out=2x0e path=0,0,1,uvw,weight,1,0.5",
                               "in1=4x0e in2=1x0e out=2x0e path=0,0,-1,uvw,weight,1,0.5",
                               "in1=4x0e in2=1x0e out=2x0e path=0,0,4294967296,uvw,weight,1,0.5",
                               "in1=4x0e in2=1x0e out=2x0e path=0,0,0,abc,weight,1,0.5",
                               "in1=4x0e in2=1x0e out=2x0e path=0,0,0,uvw,weight,-1,0.5",
                               "in1=4x0e in2=1x0e out=2x0e path=0,0,0,uvw,none,1,0.5",
                               "in1=4x0e in2=1x0e out=2x1o path=0,0,0,uvw,weight,1,0.5",
                               "in1=4x0e\n in2=1x0e out=2x0e",
                               "in1=1x9000e in2=1x9000e out=1x9000e path=0,0,0,uvw,weight,1,0.5",
                               "in1=4x" + std::string(1 << 20, '9') + "e in2=1x0e out=1x0e"};
  std::string heavy = "in1=9000000000x0e in2=9000000000x0e out=9000000000x0e";
  bad.push_back(heavy + " path=0,0,0,uvw,weight,1,0.5");
  std::string wide = "in1=1x40e in2=1x40e out=1x40e";
  for (int i = 0; i < 1000; ++i) wide += " path=0,0,0,uvw,weight,1,0.5";
  bad.push_back(wide);
  for (const std::string& text : bad) {
    try {
      parse_tensor_product_plan(text);
      ADD_FAILURE() << "accepted " << text.substr(0, 100);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
      EXPECT_LT(std::string(error.what()).size(), 300U);
    }
  }
}

}  // namespace
}  // namespace coset::rep
