#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/nn/grid/group_conv.h"
#include "coset/nn/grid/orientation.h"
#include "coset/nn/grid/steerable_conv.h"
#include "coset/nn/pooling.h"
#include "coset/verify/gradient_check.h"
#include "tests/laws/regular_laws.h"
#include "tests/nn/kernels.h"

namespace coset::nn {
namespace {

using field::Field;
using field::FieldType;
using field::shared_grid;
using laws::lattice_error;
using laws::random_field;

/// The bank as one map of channels, (out.channels(), in.channels(), k, k).
Tensor matrix(SteerableConv& conv) {
  return conv.filter_bank().flatten(2, 3).flatten(0, 1);
}

std::vector<FieldType> types(const field::GridPtr& grid) {
  const group::Subgroup half = group::generated_subgroup(*grid, std::array{grid->size / 2});
  const auto vector = rep::planar_irrep(*grid, 1);
  return {
      FieldType::trivial(grid, 2), FieldType::regular(grid, 2),
      FieldType(grid, {{rep::quotient_representation(*grid, half), 2}}),
      FieldType(grid, {{vector, 1}, {rep::trivial_representation(*grid), 2}, {rep::regular_representation(*grid), 1}})};
}

TEST(SteerableConv, EveryPairOfTypesIsEquivariant) {
  for (const char* text : {"c4", "c8", "d4", "so2:12"}) {
    const auto grid = shared_grid(text);
    for (const auto& in : types(grid))
      for (const auto& out : types(grid)) {
        SteerableConv conv(in, out, {.size = 5, .geometry = {.padding = 2}});
        conv.to(at::kDouble);
        for (const Tensor& weight : conv.kernel().sources()) EXPECT_EQ(weight.scalar_type(), at::kDouble);
        EXPECT_LE(lattice_error([&](const Field& f) { return conv.forward(f); }, random_field(in, 7)),
                  laws::kEquivariance64)
            << in.to_string() << " -> " << out.to_string();
        // the control: a kernel of the same size that obeys no constraint
        const Tensor free = at::randn_like(matrix(conv));
        EXPECT_GE(
            lattice_error([&](const Field& f) { return Field(out, at::conv2d(f.data(), free)); }, random_field(in, 7)),
            laws::kControlFactor * laws::kEquivariance64)
            << in.to_string() << " -> " << out.to_string();
      }
  }
}

TEST(SteerableConv, InitialWeightsKeepTheScale) {
  torch::manual_seed(4);
  const auto c8 = shared_grid("c8");
  for (const auto& in : types(c8))
    for (const auto& out : types(c8)) {
      SteerableConv conv({c8, {{in.blocks()[0].rep, 16}}}, {c8, {{out.blocks()[0].rep, 16}}},
                         {.size = 5, .bias = false});
      const double variance = conv.forward(random_field(conv.in(), 15, at::kFloat)).data().var().item<double>();
      EXPECT_GT(variance, 1.0) << in.to_string() << " -> " << out.to_string();
      EXPECT_LT(variance, 4.0) << in.to_string() << " -> " << out.to_string();
    }
}

TEST(SteerableConv, InitialWeightsShareTheVarianceBetweenBlocks) {  // as many blocks as there are, the sum is the same
  torch::manual_seed(4);
  const auto c8 = shared_grid("c8");
  const FieldType out = FieldType::regular(c8, 16);
  const auto variance = [&](const FieldType& in) {
    SteerableConv conv(in, out, {.size = 5, .bias = false});
    return conv.forward(random_field(in, 15, at::kFloat)).data().var().item<double>();
  };
  const auto regular = rep::regular_representation(*c8);
  EXPECT_NEAR(variance(FieldType(c8, {{regular, 8}, {regular, 8}, {regular, 8}})) / variance(FieldType::regular(c8, 8)),
              1.0, 3 * laws::kSecondMoment);
}

TEST(SteerableConv, EveryPermutedFieldHasItsBias) {
  const auto c4 = shared_grid("c4");
  const FieldType out(
      c4,
      {{rep::regular_representation(*c4), 2}, {rep::planar_irrep(*c4, 1), 1}, {rep::trivial_representation(*c4), 2}});
  SteerableConv conv(FieldType::trivial(c4, 1), out, {.size = 3});
  at::NoGradGuard no_grad;
  conv.bias.copy_(at::tensor({1.0F, 2.0F, 3.0F, 4.0F}));
  const Tensor y = conv.forward({conv.in(), at::zeros({1, 1, 3, 3})}).data().flatten();
  EXPECT_TRUE(at::equal(y, at::tensor({1.F, 1.F, 1.F, 1.F, 2.F, 2.F, 2.F, 2.F, 0.F, 0.F, 3.F, 4.F})));
}

/// Worst | |y| / |x| - 1 | of a layer without bias over single random inputs.
double norm_change(SteerableConv& conv) {
  const Field x = random_field(conv.in(), 9);
  const auto norms = [](const Field& f) { return f.data().flatten(1).norm(2, 1); };
  return (norms(conv.forward(x)) / norms(x) - 1.0).abs().max().item<double>();
}

TEST(SteerableConv, DeltaOrthogonalWeightsKeepTheNorm) {
  torch::manual_seed(6);
  for (const char* text : {"c8", "d4"}) {
    const auto grid = shared_grid(text);
    const auto regular = FieldType::regular(grid, 3), wider = FieldType::regular(grid, 5);
    const FieldType mixed = types(grid)[3];  // vector, trivial and regular fields
    for (const auto& [in, out] : {std::pair(regular, wider), {FieldType::trivial(grid, 2), regular}, {mixed, wider}}) {
      SteerableConv conv(in, out, {.size = 5, .geometry = {.padding = 2}, .bias = false});
      conv.to(at::kDouble);
      EXPECT_GE(norm_change(conv), laws::kSecondMoment) << "the control: He's weights, " << in.to_string();
      kernel_of<SteerableKernel>(conv).delta_orthogonal();
      EXPECT_LE(norm_change(conv), laws::kEquivariance64) << in.to_string() << " -> " << out.to_string();
      EXPECT_LE(lattice_error([&](const Field& f) { return conv.forward(f); }, random_field(in, 7)),
                laws::kEquivariance64);
      const Tensor bank = matrix(conv);
      EXPECT_LE((bank.norm() - bank.select(3, 2).select(2, 2).norm()).item<double>(), laws::kEquivariance64);
    }
    SteerableConv narrow(wider, regular, {.size = 3, .bias = false});  // Q Q^T = 1
    narrow.to(at::kDouble);
    kernel_of<SteerableKernel>(narrow).delta_orthogonal();
    const Tensor q = matrix(narrow).select(3, 1).select(2, 1);
    EXPECT_LE(verify::relative_error(at::matmul(q, q.t()), at::eye(q.size(0), at::kDouble)), laws::kEquivariance64);
    SteerableConv never(FieldType::trivial(grid, 2), FieldType(grid, {{rep::planar_irrep(*grid, 1), 1}}), {.size = 5});
    EXPECT_THROW(kernel_of<SteerableKernel>(never).delta_orthogonal(), Error);
  }
}

// Weiler and Cesa 2019: the frequency limit per ring is an option; with more waves there are more weights, all
// equivariant.
TEST(SteerableConv, FrequencyLimitIsAnOption) {
  const auto c8 = shared_grid("c8");
  const auto regular = FieldType::regular(c8, 2);
  std::vector<std::int64_t> counts;
  for (double frequencies : {1.0, 2.0}) {
    SteerableConv conv(regular, regular,
                       {.size = 5, .geometry = {.padding = 2}, .frequencies = frequencies, .sigma = 0.45});
    conv.to(at::kDouble);
    counts.push_back(conv.kernel().sources()[0].size(2));
    EXPECT_LE(lattice_error([&](const Field& f) { return conv.forward(f); }, random_field(regular, 7)),
              laws::kEquivariance64);
  }
  // centre 1; radius 1: 3, 5; radius 2: 5, 9; times eight slices
  EXPECT_EQ(counts, (std::vector<std::int64_t>{8 * 9, 8 * 15}));
}

TEST(SteerableConv, Refuses) {
  const auto c8 = shared_grid("c8"), d4 = shared_grid("d4");
  EXPECT_THROW(SteerableConv(FieldType::trivial(c8, 1), FieldType::trivial(d4, 1)), Error);
  EXPECT_THROW(
      SteerableConv(FieldType::trivial(d4, 1), FieldType(d4, {{rep::planar_irrep(*d4, 0, true), 1}}), {.size = 3}),
      Error);
  EXPECT_THROW(SteerableConv(FieldType::trivial(c8, 1), FieldType::trivial(c8, 1), {.size = 4}), Error);
}

TEST(Orientation, AlignedFibresAreInvariant) {
  const auto c8 = shared_grid("c8");
  const auto f = random_field(FieldType::regular(c8, 4), 1);
  for (std::int64_t h : {2, 4, 6}) EXPECT_TRUE(at::equal(align_orientations(f.transform(h)), align_orientations(f)));
  EXPECT_FALSE(at::equal(f.transform(2).data(), f.data()));
  EXPECT_THROW(align_orientations(random_field(FieldType::regular(c8, 4), 3)), Error);
  EXPECT_THROW(align_orientations(random_field(FieldType::regular(shared_grid("d4"), 4), 1)), Error);
}

TEST(Orientation, RestrictionKeepsTheActionOfTheSubgroup) {
  for (const auto& [whole, part] : {std::pair("d4", "c4"), {"c8", "c4"}, {"d8", "d4"}, {"oh", "o"}}) {
    const auto subgroup = shared_grid(part);
    const auto f = random_field(FieldType::regular(shared_grid(whole), 2), 3);
    const auto restricted = restrict_group(f, subgroup);
    for (std::int64_t k = 0; k < subgroup->size; ++k) {
      if (!subgroup->on_lattice(k)) continue;
      const std::int64_t g = f.type().group().find(subgroup->matrix(k));
      EXPECT_TRUE(at::equal(restrict_group(f.transform(g), subgroup).data(), restricted.transform(k).data()))
          << whole << part;
    }
  }
  EXPECT_THROW(restrict_group(random_field(FieldType::regular(shared_grid("c8"), 1), 3), shared_grid("d4")), Error);
}

TEST(Orientation, MergedOrientationsAreNoLongerEquivariant) {  // SE2CNN's head: the control of whole networks
  const auto c4 = shared_grid("c4");
  LiftingConv lift(c4, 1, 2);
  const auto c1 = shared_grid("c1", 2);
  GridConv plain(FieldType::trivial(c1, 8), FieldType::trivial(c1, 3),
                 std::make_shared<PlanKernel>(kernel::plain_convolution(2, 1)), {});
  lift.to(at::kDouble), plain.to(at::kDouble);
  const auto head = [&](const Field& f) {
    return Field(FieldType::trivial(c4, 3), plain.forward(merge_orientations(lift.forward(f))).data());
  };
  EXPECT_GE(lattice_error(head, random_field(lift.in(), 7)), laws::kControlFactor * laws::kEquivariance64);
}

TEST(Orientation, RingRotatedKernelsAreExactForQuarterTurns) {
  LiftingConv lift(shared_grid("c8"), 1, 2, {.size = 3, .ring = true});
  GroupConv conv(shared_grid("c8"), 2, 2, {.size = 3, .ring = true});
  lift.to(at::kDouble), conv.to(at::kDouble);
  EXPECT_LE(lattice_error([&](const Field& f) { return conv.forward(lift.forward(f)); }, random_field(lift.in(), 8)),
            laws::kEquivariance64);
}

}  // namespace
}  // namespace coset::nn
