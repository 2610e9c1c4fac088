#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/rep/tensor_product_plan.h"
#include "coset/rep/wigner_d.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"
#include "tests/rep/plan_evaluation.h"

namespace coset::rep {
namespace {

using golden::rows;
using laws::distance;
using laws::kGolden64;
using Mode = ConnectionMode;

std::vector<double> random_normals(std::int64_t n, NumpyRandom& random) {
  std::vector<double> x(static_cast<std::size_t>(n));
  for (double& value : x) value = random.normal();
  return x;
}

// Every row of a golden product, weights shared or one row each.
void expect_golden(const TensorProductPlan& plan, const std::string& name, bool square = false) {
  const golden::E3nn e3nn("tensor_product");
  const auto x = e3nn[name + (square ? "_x" : "_x1")];
  const auto y = e3nn[name + (square ? "_x" : "_x2")];
  const auto out = e3nn[name + "_out"];
  const auto w = plan.weight_numel > 0 ? e3nn[name + "_w"] : std::vector<double>{};
  const auto count = static_cast<std::size_t>(e3nn.shape(name + "_out")[0]);
  const bool shared = static_cast<std::int64_t>(w.size()) == plan.weight_numel;
  ASSERT_EQ(out.size(), count * static_cast<std::size_t>(plan.out.dim())) << name;
  std::vector<double> ours;
  for (std::size_t row = 0; row < count; ++row) {
    const auto n = static_cast<std::int64_t>(row);
    const auto z = evaluate(plan, x.data() + n * plan.in1.dim(), y.data() + n * plan.in2.dim(),
                            w.data() + (shared ? 0 : n * plan.weight_numel));
    ours.insert(ours.end(), z.begin(), z.end());
  }
  EXPECT_LT(distance(ours, out), kGolden64) << name;
}

// Source: e3nn 0.5.1 FullyConnectedTensorProduct, FullTensorProduct, ElementwiseTensorProduct, TensorSquare,
// TensorProduct.
TEST(TensorProductValues, MatchE3nn) {
  const Irreps in1("4x0e+3x1o+2x2e+2x1e");
  const Irreps in2("1x0e+1x1o+1x2e");
  const Irreps out("5x0e+4x1o+2x2e+2x1e+1x0o");
  constexpr auto kComponent = IrrepNormalization::component;
  constexpr auto kNorm = IrrepNormalization::norm;
  constexpr auto kElement = PathNormalization::element;
  constexpr auto kPath = PathNormalization::path;
  expect_golden(fully_connected_tensor_product(in1, in2, out, {kComponent, kElement}), "fctp_component_element");
  expect_golden(fully_connected_tensor_product(in1, in2, out, {kComponent, kPath}), "fctp_component_path");
  expect_golden(fully_connected_tensor_product(in1, in2, out, {kNorm, kElement}), "fctp_norm_element");
  expect_golden(fully_connected_tensor_product(in1, in2, out, {kNorm, kPath}), "fctp_norm_path");
  expect_golden(fully_connected_tensor_product(in1, Irreps("2x0e+3x1o"), out), "fctp_mul2");
  expect_golden(full_tensor_product(Irreps("2x0e+2x1o"), Irreps("1x0e+1x1o")), "fulltp");
  expect_golden(elementwise_tensor_product(Irreps("2x0e+2x1o"), Irreps("3x0e+1x1o")), "ewtp");
  expect_golden(tensor_square(Irreps("3x0e+2x1o"), Irreps("2x0e+2x1o+2x2e")), "tsq", true);
  expect_golden(
      make_tensor_product(Irreps("4x0e+4x1o"), Irreps("1x0e+1x1o"), Irreps("4x0e+4x0e+4x1o+4x1o"),
                          {{0, 0, 0, Mode::uvu}, {0, 1, 2, Mode::uvu}, {1, 0, 3, Mode::uvu}, {1, 1, 1, Mode::uvu}}),
      "uvu_edgew_l1");
}

// Source: e3nn 0.5.1 TensorSquare without output irreps, specs/steerable.md Appendix A.
TEST(TensorProductValues, WeightlessSquareMatchesE3nn) {
  const auto plan = tensor_square(Irreps("1x0e+1x1o"));
  const std::vector<double> x{0.5, 0.1, 0.2, 0.3};
  EXPECT_LT(distance(evaluate(plan, x.data(), x.data(), nullptr),
                     std::vector{0.1443375673, 0.0361478446, 0.05, 0.1, 0.15, 0.03, 0.02, -0.0057735027, 0.06, 0.04}),
            kGolden64);
}

struct ModeCase {
  Mode mode;
  const char *in1, *in2, *out;
};

std::vector<ModeCase> every_mode() {
  return {{Mode::uvw, "2x1o+3x0e", "2x1o+2x2e", "2x1o+2x2e+1x0e"},
          {Mode::uvu, "2x1o+3x0e", "2x1o+2x2e", "2x1o+3x2e+2x0e"},
          {Mode::uvv, "2x1o+3x0e", "2x1o+2x2e", "2x1o+2x2e+2x0e"},
          {Mode::uuw, "2x1o+2x0e", "2x1o+2x2e", "2x1o+3x2e+1x0e"},
          {Mode::uuu, "2x1o+2x0e", "2x1o+2x2e", "2x1o+2x2e+2x0e"},
          {Mode::uvuv, "2x1o+3x0e", "2x1o+2x2e", "4x1o+6x2e+6x1o+4x0e"},
          {Mode::uvu_v, "3x1o+3x0e", "3x1o+3x2e", "3x1o+3x2e+3x0e"},
          {Mode::u_vw, "3x1o+3x0e", "3x1o+3x2e", "2x1o+2x2e+1x0e"}};
}

// All paths of one mode that the multiplicities allow.
TensorProductPlan plan_of(const ModeCase& c, const TensorProductOptions& options) {
  const Irreps in1(c.in1);
  const Irreps in2(c.in2);
  const Irreps out(c.out);
  std::vector<Instruction> instructions;
  for (int i = 0; i < static_cast<int>(in1.size()); ++i)
    for (int j = 0; j < static_cast<int>(in2.size()); ++j)
      for (int k = 0; k < static_cast<int>(out.size()); ++k) {
        const Instruction candidate{i, j, k, c.mode};
        try {
          make_tensor_product(in1, in2, out, {candidate});
        } catch (const Error&) {
          continue;
        }
        instructions.push_back(candidate);
      }
  return make_tensor_product(in1, in2, out, instructions, options);
}

// Largest |mean square - 1| of a reached output block, fresh normal inputs and weights in each row.
double moment_error(const TensorProductPlan& plan, std::int64_t count) {
  NumpyRandom random(12);
  std::vector<double> moments(plan.out.size(), 0.0);
  const auto offsets = plan.out.offsets();
  for (std::int64_t row = 0; row < count; ++row) {
    const auto x = random_normals(plan.in1.dim(), random);
    const auto y = random_normals(plan.in2.dim(), random);
    const auto w = random_normals(plan.weight_numel, random);
    const auto z = evaluate(plan, x.data(), y.data(), w.data());
    for (std::size_t block = 0; block < moments.size(); ++block)
      for (std::int64_t k = offsets[block]; k < offsets[block + 1]; ++k) moments[block] += z[k] * z[k];
  }
  double worst = 0.0;
  for (std::size_t block = 0; block < moments.size(); ++block)
    if (plan.out_reached[block])
      worst = std::max(worst, std::abs(moments[block] / static_cast<double>(count * plan.out[block].dim()) - 1.0));
  return worst;
}

// Products of three normals are heavy-tailed: of the order of 10^5 numbers for 10 % (specs/steerable.md 12.3).
TEST(TensorProductValues, ComponentNormalisationKeepsUnitVarianceInEveryMode) {
  for (const auto& c : every_mode()) {
    const auto plan = plan_of(c, {});
    ASSERT_GE(plan.paths.size(), 3U) << to_string(c.mode);
    EXPECT_LT(moment_error(plan, 30000), laws::kSecondMoment) << to_string(c.mode) << "\n" << describe(plan);
    EXPECT_GT(moment_error(plan_of(c, {IrrepNormalization::none}), 5000), 3 * laws::kSecondMoment)
        << "no normalisation must be seen";
  }
}

// The square of n numbers holds n (n + 1) / 2, each of unit variance where the n have it.
TEST(TensorProductValues, SquareOfSeveralCopiesIsWholeAndNormalised) {
  const Irreps in("3x1o+2x0e");
  const auto plan = tensor_square(in);
  EXPECT_EQ(plan.out.dim(), 11 * 12 / 2);
  EXPECT_EQ(plan.out.count({0, 1}), 6 + 3);  // of three vectors and of two scalars
  EXPECT_EQ(plan.out.count({1, 1}), 3);
  EXPECT_EQ(plan.out.count({2, 1}), 6);
  NumpyRandom random(15);
  constexpr int kRows = 20000;
  std::vector<double> squares(static_cast<std::size_t>(plan.out.dim()));
  for (int row = 0; row < kRows; ++row) {
    const auto x = random_normals(in.dim(), random);
    const auto z = evaluate(plan, x.data(), x.data(), nullptr);
    for (std::size_t k = 0; k < z.size(); ++k) squares[k] += z[k] * z[k] / kRows;
  }
  for (const double square : squares) EXPECT_NEAR(square, 1.0, laws::kSecondMoment);
  const auto unit = tensor_square(Irreps("1x1o"), {IrrepNormalization::norm});  // of a unit vector: unit norms
  const std::array<double, 3> x{0.6, 0.0, 0.8};
  const auto z = evaluate(unit, x.data(), x.data(), nullptr);
  EXPECT_NEAR(std::abs(z[0]), 1.0, laws::kAlgebra);
  double norm = 0.0;
  for (std::size_t k = 1; k < 6; ++k) norm += z[k] * z[k];
  EXPECT_NEAR(norm, 1.0, laws::kAlgebra);
}

// Unit-norm irreps, one path, weight 1: the mean of |x (x) y|^2 is 1.
TEST(TensorProductValues, NormNormalisationKeepsTheMeanSquareNorm) {
  NumpyRandom random(13);
  for (const auto& [l1, l2, l3] :
       {std::array{1, 1, 0}, std::array{1, 1, 1}, std::array{1, 2, 3}, std::array{2, 2, 2}}) {
    const int p = (l1 + l2) % 2 == 0 ? 1 : -1;
    const auto plan = make_tensor_product({{{1, {l1, l1 % 2 == 0 ? 1 : -1}}}}, {{{1, {l2, l2 % 2 == 0 ? 1 : -1}}}},
                                          {{{1, {l3, p}}}}, {{0, 0, 0, Mode::uuu}}, {IrrepNormalization::norm});
    double mean = 0.0;
    constexpr int kRows = 30000;
    const double one = 1.0;
    for (int row = 0; row < kRows; ++row) {
      auto x = random_normals(2 * l1 + 1, random);
      auto y = random_normals(2 * l2 + 1, random);
      double scale = 0.0;
      double scale2 = 0.0;
      for (const double v : x) scale += v * v;
      for (const double v : y) scale2 += v * v;
      for (const double v : evaluate(plan, x.data(), y.data(), &one)) mean += v * v / (scale * scale2) / kRows;
    }
    EXPECT_NEAR(mean, 1.0, laws::kSecondMoment) << l1 << l2 << l3;
  }
}

TEST(TensorProductValues, EveryModeIsEquivariant) {
  NumpyRandom random(14);
  Matrix3 g = random_rotation(random);
  for (double& entry : g) entry = -entry;
  for (const auto& c : every_mode()) {
    auto plan = plan_of(c, {});
    auto x = random_normals(plan.in1.dim(), random);
    auto y = random_normals(plan.in2.dim(), random);
    const auto w = random_normals(plan.weight_numel, random);
    auto expected = evaluate(plan, x.data(), y.data(), w.data());
    transform_rows(plan.out, g, expected);
    transform_rows(plan.in1, g, x);
    transform_rows(plan.in2, g, y);
    EXPECT_LT(distance(evaluate(plan, x.data(), y.data(), w.data()), expected), laws::kAlgebra) << to_string(c.mode);
    transform_rows(plan.out, product(transpose(g), transpose(g)), expected);  // g^-1 instead of g
    EXPECT_GT(distance(evaluate(plan, x.data(), y.data(), w.data()), expected), laws::kControlFactor * laws::kAlgebra)
        << to_string(c.mode);
  }
}

}  // namespace
}  // namespace coset::rep
