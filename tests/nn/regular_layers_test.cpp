#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/nn/activation.h"
#include "coset/nn/dropout.h"
#include "coset/nn/grid/group_conv.h"
#include "coset/nn/grid/normalization.h"
#include "coset/nn/pooling.h"
#include "coset/verify/equivariance.h"
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
using ops::PaddingMode;

struct Case {
  const char* group;
  int space;
  std::int64_t size;
};
const Case kCases[] = {{"c4", 2, 7},   {"c8", 2, 7},   {"c16", 2, 8}, {"d4", 2, 6}, {"d8", 2, 7},
                       {"flip", 1, 9}, {"flip", 2, 5}, {"o", 3, 5},   {"oh", 3, 4}};

TEST(RegularLayers, ConvolutionsAreEquivariant) {
  for (const Case& c : kCases) {
    const auto grid = shared_grid(c.group, c.space);
    for (const std::int64_t k : {3, 2}) {
      const GroupConvOptions options{.size = k, .geometry = {.padding = 1}};
      LiftingConv lift(grid, 2, 3, options);
      GroupConv conv(grid, 3, 2, options);
      IsotropicConv isotropic(grid, 2, 2, options);
      for (auto* layer :
           {static_cast<GridConv*>(&lift), static_cast<GridConv*>(&conv), static_cast<GridConv*>(&isotropic)}) {
        layer->to(at::kDouble);
        EXPECT_LE(lattice_error([&](const Field& f) { return layer->forward(f); }, random_field(layer->in(), c.size)),
                  laws::kEquivariance64)
            << c.group << " " << c.space << " " << kernel::describe(plan_of(*layer));
      }
    }
  }
}

// 90 degrees are exact for every N that 4 divides, without the disk mask too: the square turns.
TEST(RegularLayers, QuarterTurnsAreExactWithoutTheDisk) {
  for (const char* text : {"c4", "c8", "c16", "d8"})
    for (const std::int64_t k : {5, 4}) {
      const GroupConvOptions options{.size = k, .disk = false};
      LiftingConv lift(shared_grid(text), 1, 2, options);
      GroupConv conv(shared_grid(text), 2, 2, options);
      lift.to(at::kDouble), conv.to(at::kDouble);
      const auto both = [&](const Field& f) { return conv.forward(lift.forward(f)); };
      EXPECT_LE(lattice_error(both, random_field(lift.in(), 11)), laws::kEquivariance64) << text << " " << k;
    }
}

/// Lifting, pooling, normalisation, group convolution and projection on voxels.
double voxel_error(const char* group, at::ScalarType dtype) {
  const auto grid = shared_grid(group);
  LiftingConv lift(grid, 1, 2, {.size = 3, .geometry = {.padding = 1}});
  FieldBatchNorm first(lift.out());
  GroupConv conv(grid, 2, 1, {.size = 2});
  FieldBatchNorm second(conv.out());
  for (torch::nn::Module* m : {static_cast<torch::nn::Module*>(&lift), static_cast<torch::nn::Module*>(&first),
                               static_cast<torch::nn::Module*>(&conv), static_cast<torch::nn::Module*>(&second)})
    m->to(dtype);
  const auto network = [&](const Field& f) {
    const auto y = spatial_pool(activate(first.forward(lift.forward(f)), ops::Activation::relu), Pool::max);
    return project(activate(second.forward(conv.forward(y)), ops::Activation::elu), Pool::max);
  };
  torch::NoGradGuard guard;
  return lattice_error(network, random_field(lift.in(), 6, dtype));
}

TEST(RegularLayers, VoxelNetworksAreEquivariant) {  // the 24 rotations and the 48 symmetries of the cube
  for (const char* group : {"o", "oh"}) {
    EXPECT_LE(voxel_error(group, at::kDouble), laws::kEquivariance64) << group;
    EXPECT_LE(voxel_error(group, at::kFloat), laws::kEquivariance32) << group;
  }
}

TEST(RegularLayers, GeometriesAreEquivariant) {
  const auto c8 = shared_grid("c8");
  for (const ops::ConvGeometry& g : {ops::ConvGeometry{.stride = 2, .padding = 2},
                                     {.padding = 2, .dilation = 2},
                                     {.padding = 2, .mode = PaddingMode::circular},
                                     {.padding = 2, .mode = PaddingMode::reflect},
                                     {.stride = 2, .padding = 3, .transposed = true}}) {
    GroupConv conv(c8, 2, 2, {.size = 5, .geometry = g});
    conv.to(at::kDouble);
    EXPECT_LE(lattice_error([&](const Field& f) { return conv.forward(f); }, random_field(conv.in(), 9)),
              laws::kEquivariance64)
        << g.stride << g.padding << g.dilation << g.transposed;
  }
}

TEST(RegularLayers, Float32IsEquivariant) {
  GroupConv conv(shared_grid("c8"), 4, 4, {.size = 5});
  EXPECT_LE(lattice_error([&](const Field& f) { return conv.forward(f); }, random_field(conv.in(), 9, at::kFloat)),
            laws::kEquivariance32);
}

TEST(RegularLayers, WholeNetworkIsEquivariant) {
  for (const char* text : {"c4", "c8", "d4"}) {
    const auto grid = shared_grid(text);
    LiftingConv lift(grid, 1, 4, {.size = 5});
    GroupConv conv(grid, 4, 4, {.size = 3, .geometry = {.padding = 1}});
    FieldBatchNorm norm(conv.out());
    for (torch::nn::Module* m : {static_cast<torch::nn::Module*>(&lift), static_cast<torch::nn::Module*>(&conv),
                                 static_cast<torch::nn::Module*>(&norm)})
      m->to(at::kDouble);
    const auto network = [&](const Field& f) {
      auto y = activate(lift.forward(f), ops::Activation::relu);
      y = spatial_pool(y, Pool::max);
      return project(add(activate(norm.forward(conv.forward(y)), ops::Activation::elu), y), Pool::max);
    };
    EXPECT_LE(lattice_error(network, random_field(lift.in(), 12)), laws::kEquivariance64) << text;
  }
}

TEST(RegularLayers, TranslationsAreExactWithCircularPadding) {
  GroupConv conv(shared_grid("c8"), 2, 3, {.size = 5, .geometry = {.padding = 2, .mode = PaddingMode::circular}});
  conv.to(at::kDouble);
  const auto f = random_field(conv.in(), 10);
  const auto error = [&](GroupConv& layer) {
    const auto moved = layer.forward({f.type(), at::roll(f.data(), {3, -2}, {2, 3})}).data();
    return verify::relative_error(moved, at::roll(layer.forward(f).data(), {3, -2}, {2, 3}));
  };
  EXPECT_LE(error(conv), laws::kEquivariance64);
  GroupConv zeros(shared_grid("c8"), 2, 3, {.size = 5, .geometry = {.padding = 2}});
  zeros.to(at::kDouble);
  EXPECT_GE(error(zeros), laws::kControlFactor * laws::kEquivariance64) << "the control: zeros outside";
}

TEST(RegularLayers, ControlsFail) {
  const auto c4 = shared_grid("c4");
  const double miss = laws::kControlFactor * laws::kEquivariance64;
  GridConv plain(FieldType::trivial(c4, 2), FieldType::trivial(c4, 2),
                 std::make_shared<PlanKernel>(kernel::plain_convolution(2, 3)), {});
  plain.to(at::kDouble);
  EXPECT_GE(lattice_error([&](const Field& f) { return plain.forward(f); }, random_field(plain.in(), 7)), miss);
  // orientations merged into channels: a plain convolution of the regular field
  const auto type = FieldType::regular(c4, 2);
  const Tensor mixed = at::randn({8, 8, 3, 3}, at::kDouble);
  EXPECT_GE(
      lattice_error([&](const Field& f) { return Field(type, at::conv2d(f.data(), mixed)); }, random_field(type, 7)),
      miss);
  // a bias per orientation
  const Tensor bias = at::randn({1, 8, 1, 1}, at::kDouble);
  EXPECT_GE(lattice_error([&](const Field& f) { return Field(type, f.data() + bias); }, random_field(type, 7)), miss);
  // running statistics per orientation
  const Tensor deviation = at::rand({1, 8, 1, 1}, at::kDouble) + 0.5;
  EXPECT_GE(lattice_error([&](const Field& f) { return Field(type, f.data() / deviation); }, random_field(type, 7)),
            miss);
  // an even window on an odd size: one border row is never seen
  EXPECT_GE(
      lattice_error([&](const Field& f) { return Field(type, at::max_pool2d(f.data(), 2)); }, random_field(type, 7)),
      miss);
}

TEST(RegularLayers, NormalisationIsEquivariant) {
  for (const char* text : {"c8", "d4"}) {
    const auto grid = shared_grid(text);
    const FieldType type(grid, {{rep::regular_representation(*grid), 3}, {rep::planar_irrep(*grid, 1), 2}});
    FieldBatchNorm batch(type);
    FieldInstanceNorm instance(type);
    FieldLayerNorm layer(type);
    batch.to(at::kDouble), instance.to(at::kDouble), layer.to(at::kDouble);
    const auto f = random_field(type, 6);
    EXPECT_LE(lattice_error([&](const Field& x) { return batch.forward(x); }, f), laws::kEquivariance64);
    EXPECT_LE(lattice_error([&](const Field& x) { return instance.forward(x); }, f), laws::kEquivariance64);
    EXPECT_LE(lattice_error([&](const Field& x) { return layer.forward(x); }, f), laws::kEquivariance64);
    batch.eval();
    EXPECT_LE(lattice_error([&](const Field& x) { return batch.forward(x); }, f), laws::kEquivariance64);
  }
}

TEST(RegularLayers, NormalisationStandardisesEachField) {
  const auto type = FieldType::regular(shared_grid("c4"), 3);
  FieldBatchNorm batch(type);
  batch.to(at::kDouble);
  const Tensor y = batch.forward({type, at::randn({4, 12, 5, 5}, at::kDouble) * 3.0 + 2.0}).fibres();
  EXPECT_LE(y.mean(at::IntArrayRef{0, 2, 3, 4}).abs().max().item<double>(), laws::kAlgebra);
  EXPECT_LE((y.square().mean(at::IntArrayRef{0, 2, 3, 4}) - 1.0).abs().max().item<double>(),
            1e-5);  // epsilon of the norm
}

TEST(RegularLayers, DropoutKeepsFibresWhole) {
  const auto type = FieldType::regular(shared_grid("c4"), 3);
  Dropout dropout(0.4);
  const Tensor y = dropout.forward({type, at::ones({2, 12, 9, 9})}).fibres();
  EXPECT_TRUE(at::equal(y.amin(2), y.amax(2)));
  EXPECT_NEAR(y.mean().item<double>(), 1.0, 0.3);
  dropout.eval();
  EXPECT_TRUE(at::equal(dropout.forward({type, at::ones({2, 12, 9, 9})}).data(), at::ones({2, 12, 9, 9})));
}

TEST(RegularLayers, LayersHaveDerivatives) {
  GroupConv conv(shared_grid("d4"), 1, 1, {.size = 3});
  conv.to(at::kDouble);
  const auto f = random_field(conv.in(), 4);
  const auto errors = verify::gradient_errors(
      [&](const std::vector<Tensor>& in) {
        conv.weight.set_data(in[1]);
        const Tensor bank = ops::FilterExpansion(plan_of(conv))(in[1]);
        return ops::group_conv(Field(f.type(), in[0]).fibres(), bank, in[2]).pow(2);
      },
      {f.data(), conv.weight.detach().clone(), at::randn({1}, at::kDouble)});
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

TEST(RegularLayers, ProjectedLiftingIsTheRotationAveragedKernel) {  // exact for C4, mean projection
  LiftingConv lift(shared_grid("c4"), 2, 3, {.size = 3, .bias = false});
  lift.to(at::kDouble);
  const auto f = random_field(lift.in(), 6);
  const Tensor averaged = lift.filter_bank().mean(1).squeeze(2);  // (O, I, 3, 3)
  const auto error = [&](Pool kind) {
    return verify::relative_error(project(lift.forward(f), kind).data(), at::conv2d(f.data(), averaged));
  };
  EXPECT_LE(error(Pool::mean), laws::kEquivariance64);
  EXPECT_GE(error(Pool::max), laws::kControlFactor * laws::kEquivariance64) << "the control: not linear";
}

TEST(RegularLayers, IsotropicKernelLiftsToAConstantFibre) {
  const auto c8 = shared_grid("c8");
  IsotropicConv isotropic(c8, 1, 1, {.size = 5, .bias = false});
  LiftingConv lift(shared_grid("c4"), 1, 1, {.size = 5, .bias = false});
  isotropic.to(at::kDouble), lift.to(at::kDouble);
  lift.weight.set_data(isotropic.filter_bank().detach().reshape({1, 1, 25}));
  const auto f = random_field(lift.in(), 8);
  const auto change = [&] {
    const Tensor y = lift.forward(f).fibres();
    return (y.amax(2) - y.amin(2)).abs().max().item<double>();
  };
  EXPECT_LE(change(), laws::kEquivariance64);
  lift.weight.data().normal_();
  EXPECT_GE(change(), laws::kControlFactor * laws::kEquivariance64) << "the control: a kernel that is not isotropic";
}

TEST(RegularLayers, BankIsKeptInEvalModeUntilTheWeightChanges) {
  GroupConv conv(shared_grid("c4"), 2, 2);
  const auto f = random_field(conv.in(), 5, at::kFloat);
  conv.forward(f), conv.forward(f);
  EXPECT_EQ(conv.banks_built(), 2U) << "every training step rebuilds";
  conv.eval();
  at::NoGradGuard no_grad;
  const Tensor first = conv.forward(f).data();
  conv.forward(f);
  EXPECT_EQ(conv.banks_built(), 3U);
  conv.weight.mul_(2.0);
  EXPECT_LE(verify::relative_error(conv.forward(f).data(), first * 2.0), laws::kEquivariance32);
  EXPECT_EQ(conv.banks_built(), 4U);
  conv.weight.set_data(conv.weight.detach() * 0.5);
  EXPECT_LE(verify::relative_error(conv.forward(f).data(), first), laws::kEquivariance32);
}

TEST(RegularLayers, RefusalsNameWhatWasExpected) {
  const auto c4 = shared_grid("c4"), c8 = shared_grid("c8");
  GroupConv conv(c4, 2, 2);
  try {
    conv.forward(random_field(FieldType::regular(c8, 2), 5, at::kFloat));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[nn::GroupConv] expected a field of type C4: 2 regular; received C8: 2 regular");
  }
  GroupConv strided(c4, 1, 1, {.size = 3, .geometry = {.stride = 2}});
  EXPECT_THROW(strided.forward(random_field(strided.in(), 8, at::kFloat)), Error);
  EXPECT_NO_THROW(strided.forward(random_field(strided.in(), 9, at::kFloat)));
  EXPECT_THROW(spatial_pool(random_field(conv.in(), 7, at::kFloat), Pool::max), Error);
  const FieldType vectors(c8, {{rep::planar_irrep(*c8, 1), 1}});
  EXPECT_THROW(activate(random_field(vectors, 5), ops::Activation::relu), Error);
  EXPECT_THROW(project(random_field(vectors, 5), Pool::max), Error);
  EXPECT_THROW(spatial_pool(random_field(vectors, 4), Pool::max), Error);
  EXPECT_NO_THROW(spatial_pool(random_field(vectors, 4), Pool::mean));
  EXPECT_THROW(GroupConv(shared_grid("r+:3:2"), 1, 1), Error);
  EXPECT_THROW(LiftingConv(shared_grid("r+:3:2"), 1, 1), Error);
  EXPECT_THROW(IsotropicConv(shared_grid("so2xr+:4:2:2"), 1, 1), Error);
  EXPECT_THROW(ops::parse_activation("relu6"), Error);
}

TEST(RegularLayers, EmptyAndSingleBatches) {
  GroupConv conv(shared_grid("c4"), 2, 2);
  EXPECT_EQ(conv.forward({conv.in(), at::zeros({0, 8, 5, 5})}).data().size(0), 0);
  const auto f = random_field(conv.in(), 5, at::kFloat);
  EXPECT_LE(verify::relative_error(conv.forward(f).data().narrow(0, 0, 1),
                                   conv.forward({f.type(), f.data().narrow(0, 0, 1)}).data()),
            laws::kEquivariance32);
}

}  // namespace
}  // namespace coset::nn
