#include "coset/ops/tensor_product.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/verify/equivariance.h"
#include "coset/verify/gradient_check.h"
#include "tests/golden/tensors.h"
#include "tests/laws/tolerance.h"

namespace coset::ops {
namespace {

using rep::ConnectionMode;
using rep::Irreps;

const Irreps kIn1("4x0e+3x1o+2x2e+2x1e");
const Irreps kOut("5x0e+4x1o+2x2e+2x1e+1x0o");

struct GoldenCase {
  const char* name;
  const char* in2;
  rep::TensorProductOptions options;
};

void expect_golden(const rep::TensorProductPlan& plan, const std::string& name) {
  const golden::Tensors golden("tensor_product.npz");
  const Tensor x = golden(name + "_x1").requires_grad_();
  const Tensor y = golden(name + "_x2").requires_grad_();
  const Tensor w = golden(name + "_w").requires_grad_();
  const Tensor z = tensor_product(make_product(plan), x, y, w);
  const auto g = torch::autograd::grad({(z * golden(name + "_gout")).sum()}, {x, y, w});
  EXPECT_LE(verify::relative_error(z, golden(name + "_out")), laws::kGolden64) << name;
  EXPECT_LE(verify::relative_error(g[0], golden(name + "_gx1")), laws::kGolden64) << name;
  EXPECT_LE(verify::relative_error(g[1], golden(name + "_gx2")), laws::kGolden64) << name;
  EXPECT_LE(verify::relative_error(g[2], golden(name + "_gw")), laws::kGolden64) << name;
  const Tensor single = tensor_product(make_product(plan), x.to(at::kFloat), y.to(at::kFloat), w.to(at::kFloat));
  EXPECT_LE(verify::relative_error(single.to(at::kDouble), z), laws::kGolden32) << name;
}

TEST(TensorProduct, MatchesE3nnInEveryNormalisation) {
  using enum rep::IrrepNormalization;
  using P = rep::PathNormalization;
  for (const GoldenCase& c : {GoldenCase{"fctp_component_element", "1x0e+1x1o+1x2e", {component, P::element}},
                              GoldenCase{"fctp_component_path", "1x0e+1x1o+1x2e", {component, P::path}},
                              GoldenCase{"fctp_norm_element", "1x0e+1x1o+1x2e", {norm, P::element}},
                              GoldenCase{"fctp_norm_path", "1x0e+1x1o+1x2e", {norm, P::path}},
                              GoldenCase{"fctp_mul2", "2x0e+3x1o", {component, P::element}},
                              GoldenCase{"fctp_edgew", "1x0e+1x1o+1x2e", {component, P::element}}})
    expect_golden(rep::fully_connected_tensor_product(kIn1, Irreps(c.in2), kOut, c.options), c.name);
}

TEST(TensorProduct, GoldenComparisonSeesAWrongSign) {
  const golden::Tensors golden("tensor_product.npz");
  auto plan = rep::fully_connected_tensor_product(kIn1, Irreps("1x0e+1x1o+1x2e"), kOut);
  plan.paths.back().coupling.front().value *= -1;
  const std::string name = "fctp_component_element";
  const Tensor z = tensor_product(make_product(plan), golden(name + "_x1"), golden(name + "_x2"), golden(name + "_w"));
  EXPECT_GE(verify::relative_error(z, golden(name + "_out")), laws::kGolden64 * laws::kControlFactor);
}

/// One path per allowed triple, uvu, blocks sorted: the convolution of NequIP and MACE.
rep::TensorProductPlan channelwise(int lmax, std::int64_t mul) {
  std::vector<rep::MulIrrep> in1;
  for (int l = 0; l <= lmax; ++l) in1.push_back({mul, {l, l % 2 ? -1 : 1}});
  const Irreps in2 = Irreps::spherical_harmonics(lmax);
  std::vector<rep::Instruction> instructions;
  std::vector<rep::MulIrrep> out;
  for (int a = 0; a <= lmax; ++a)
    for (int b = 0; b <= lmax; ++b)
      for (const rep::Irrep ir : in1[a].irrep* in2[b].irrep)
        if (ir.l <= lmax && ir.p == (ir.l % 2 ? -1 : 1)) {
          instructions.push_back({a, b, static_cast<int>(out.size()), ConnectionMode::uvu});
          out.push_back({mul, ir});
        }
  const auto sorted = Irreps(out).sort();
  for (auto& instruction : instructions) instruction.out = static_cast<int>(sorted.position[instruction.out]);
  return rep::make_tensor_product(in1, in2, sorted.irreps, instructions);
}

TEST(TensorProduct, MatchesE3nnChannelwise) {
  expect_golden(channelwise(1, 4), "uvu_edgew_l1");
  expect_golden(channelwise(3, 4), "uvu_edgew_l3");
}

TEST(TensorProduct, MatchesE3nnWithoutWeights) {
  const golden::Tensors golden("tensor_product.npz");
  const Tensor none = at::zeros({0}, at::kDouble);
  const auto full = make_product(rep::full_tensor_product(Irreps("2x0e+2x1o"), Irreps("1x0e+1x1o")));
  EXPECT_LE(verify::relative_error(tensor_product(full, golden("fulltp_x1"), golden("fulltp_x2"), none),
                                   golden("fulltp_out")),
            laws::kGolden64);
  const auto elementwise = make_product(rep::elementwise_tensor_product(Irreps("2x0e+2x1o"), Irreps("3x0e+1x1o")));
  EXPECT_LE(verify::relative_error(tensor_product(elementwise, golden("ewtp_x1"), golden("ewtp_x2"), none),
                                   golden("ewtp_out")),
            laws::kGolden64);
}

/// A small plan in each mode; in1 and in2 have the multiplicities the mode asks for.
rep::TensorProductPlan small_plan(ConnectionMode mode) {
  switch (mode) {
    case ConnectionMode::uvw:
      return rep::make_tensor_product(Irreps("2x1o"), Irreps("3x1o"), Irreps("2x2e"), {{0, 0, 0, mode}});
    case ConnectionMode::uvu:
      return rep::make_tensor_product(Irreps("2x1o"), Irreps("3x1o"), Irreps("2x2e"), {{0, 0, 0, mode}});
    case ConnectionMode::uvv:
      return rep::make_tensor_product(Irreps("2x1o"), Irreps("3x1o"), Irreps("3x2e"), {{0, 0, 0, mode}});
    case ConnectionMode::uuw:
      return rep::make_tensor_product(Irreps("2x1o"), Irreps("2x1o"), Irreps("3x2e"), {{0, 0, 0, mode}});
    case ConnectionMode::uuu:
      return rep::make_tensor_product(Irreps("2x1o"), Irreps("2x1o"), Irreps("2x2e"), {{0, 0, 0, mode}});
    case ConnectionMode::uvuv:
      return rep::make_tensor_product(Irreps("2x1o"), Irreps("3x1o"), Irreps("6x2e"), {{0, 0, 0, mode}});
    case ConnectionMode::uvu_v:
      return rep::make_tensor_product(Irreps("3x1o"), Irreps("3x1o"), Irreps("3x2e"), {{0, 0, 0, mode}});
    case ConnectionMode::u_vw:
      return rep::make_tensor_product(Irreps("3x1o"), Irreps("3x1o"), Irreps("2x2e"), {{0, 0, 0, mode}});
  }
  return {};
}

TEST(TensorProduct, DerivativesInEveryModeToSecondOrder) {
  using enum ConnectionMode;
  for (const ConnectionMode mode : {uvw, uvu, uvv, uuw, uuu, uvuv, uvu_v, u_vw})
    for (const bool shared : {true, false}) {
      const auto product = make_product(small_plan(mode));
      const auto& plan = product->plan();
      at::manual_seed(1);
      const std::vector<Tensor> inputs{
          at::randn({3, plan.in1.dim()}, at::kDouble), at::randn({3, plan.in2.dim()}, at::kDouble),
          shared ? at::randn({plan.weight_numel}, at::kDouble) : at::randn({3, plan.weight_numel}, at::kDouble)};
      const auto errors = verify::gradient_errors(
          [&](const std::vector<Tensor>& in) { return tensor_product(product, in[0], in[1], in[2]); }, inputs);
      EXPECT_LE(errors.first, laws::kGradient) << rep::to_string(mode) << " shared " << shared;
      EXPECT_LE(errors.second, laws::kGradient) << rep::to_string(mode) << " shared " << shared;
    }
}

TEST(TensorProduct, EmptyBatchAndNonContiguousRows) {
  const auto product = make_product(small_plan(ConnectionMode::uvw));
  const Tensor w = at::randn({product->plan().weight_numel}, at::kDouble).requires_grad_();
  const Tensor none = tensor_product(product, at::zeros({0, 6}, at::kDouble), at::zeros({0, 9}, at::kDouble), w);
  EXPECT_EQ(none.size(0), 0);
  EXPECT_EQ(torch::autograd::grad({none.sum()}, {w})[0].abs().max().item<double>(), 0.0);
  const Tensor x = at::randn({6, 5}, at::kDouble).t();
  const Tensor y = at::randn({5, 9}, at::kDouble);
  EXPECT_TRUE(at::equal(tensor_product(product, x, y, w), tensor_product(product, x.contiguous(), y, w)));
}

TEST(TensorProduct, RefusesWhatDoesNotFit) {
  const auto product = make_product(small_plan(ConnectionMode::uvw));
  const Tensor x = at::zeros({2, 6}, at::kDouble), y = at::zeros({2, 9}, at::kDouble);
  const Tensor w = at::zeros({product->plan().weight_numel}, at::kDouble);
  EXPECT_THROW(tensor_product(product, x.narrow(1, 0, 5), y, w), Error);
  EXPECT_THROW(tensor_product(product, x, y.narrow(0, 0, 1), w), Error);
  EXPECT_THROW(tensor_product(product, x, y, w.narrow(0, 0, 1)), Error);
  EXPECT_THROW(tensor_product(product, x, y.to(at::kFloat), w), Error);
}

TEST(TensorProduct, ThirdDerivativesThrowInsteadOfMissingTerms) {
  const auto product = make_product(small_plan(ConnectionMode::uvw));
  const Tensor x = at::randn({2, 6}, at::kDouble).requires_grad_();
  const Tensor y = at::randn({2, 9}, at::kDouble).requires_grad_();
  const Tensor w = at::randn({product->plan().weight_numel}, at::kDouble).requires_grad_();
  const Tensor gx = torch::autograd::grad({tensor_product(product, x, y, w).pow(2).sum()}, {x}, {}, true, true)[0];
  const Tensor gy = torch::autograd::grad({gx.pow(2).sum()}, {y}, {}, true, true)[0];
  EXPECT_THROW(torch::autograd::grad({gy.sum()}, {w}), std::exception);
}

}  // namespace
}  // namespace coset::ops
