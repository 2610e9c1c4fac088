/// What all layers of a plan share: their name in messages, the filter bank that is kept.
#include "coset/nn/grid/grid_conv.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "coset/base/error.h"
#include "coset/nn/grid/group_conv.h"
#include "coset/nn/grid/plan_kernel.h"
#include "coset/nn/grid/spline_conv.h"
#include "coset/nn/grid/steerable_conv.h"
#include "tests/laws/regular_laws.h"

namespace elsewhere {

/// A layer of someone else's: its class is in no namespace nn.
struct Layer : coset::nn::GridConv {
  explicit Layer(const coset::field::GridPtr& grid)
      : GridConv(coset::field::FieldType::trivial(grid, 1), coset::field::FieldType::regular(grid, 1),
                 std::make_shared<coset::nn::PlanKernel>(coset::kernel::interpolated_lifting(*grid, {.size = 3})),
                 {.bias = false}) {}
};

}  // namespace elsewhere

namespace coset::nn {
namespace {

using field::shared_grid;
using laws::random_field;

TEST(GridConv, ClassesOfOtherNamespacesHaveTheirOwnName) {
  elsewhere::Layer layer(shared_grid("c4"));
  EXPECT_NO_THROW(layer.forward(random_field(layer.in(), 5, at::kFloat)));
  try {
    layer.forward(random_field(layer.out(), 5, at::kFloat));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind("[elsewhere::Layer] expected", 0), 0U) << error.what();
  }
}

// Without this, torch's allocator may hand the block of an old weight to a new one, and the old bank would be its.
TEST(BankCache, KeepsTheStorageItsBankWasBuiltFrom) {
  std::array<float, 4> numbers{1.0F, 2.0F, 3.0F, 4.0F};
  bool freed = false;
  Tensor weight = torch::from_blob(
      numbers.data(), {4}, [&](void*) { freed = true; }, at::kFloat);
  at::NoGradGuard no_grad;
  BankCache cache;
  const auto bank = [&] { return cache(false, {weight}, [&] { return weight * 2.0; }); };
  bank(), bank();
  EXPECT_EQ(cache.built(), 1U);
  weight = at::ones({4});
  EXPECT_FALSE(freed);
  EXPECT_TRUE(at::equal(bank(), at::full({4}, 2.0F)));
  EXPECT_TRUE(freed) << "only what the kept bank was built from";
}

TEST(GridConv, WritesThatNoTensorNoticesNeedAClearedBank) {
  GroupConv conv(shared_grid("c4"), 2, 2, {.bias = false});
  conv.eval();
  at::NoGradGuard no_grad;
  const auto f = random_field(conv.in(), 5, at::kFloat);
  const Tensor before = conv.forward(f).data();
  conv.weight.data().mul_(2.0);
  EXPECT_TRUE(at::equal(conv.forward(f).data(), before)) << "documented: not seen";
  conv.clear_bank();
  EXPECT_LE(verify::relative_error(conv.forward(f).data(), before * 2.0), laws::kEquivariance32);
}

TEST(GridConv, FieldsMustBeOnThePlansGrid) {  // C8 and D4 have eight elements each
  const auto d4 = shared_grid("d4"), c8 = shared_grid("c8");
  const auto plan = kernel::interpolated_lifting(*c8, {.size = 3});
  const auto build = [&](const field::GridPtr& grid) {
    GridConv(field::FieldType::trivial(grid, 1), field::FieldType::regular(grid, 1), std::make_shared<PlanKernel>(plan),
             {.bias = false});
  };
  EXPECT_NO_THROW(build(c8));
  EXPECT_THROW(build(d4), Error);
}

// Turns about the centre and mirrors alike, diagonal matrices too; transposed layers keep it at any size.
TEST(GridConv, SizesThatLoseTheCentreAreRefused) {
  const auto accepts = [](const field::GridPtr& grid, std::int64_t pixels, const ops::ConvGeometry& geometry) {
    GroupConv conv(grid, 1, 1, {.size = 3, .geometry = geometry});
    try {
      conv.forward(random_field(conv.in(), pixels, at::kFloat));
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("stays symmetric about the centre"), std::string::npos) << error.what();
      return false;
    }
    return true;
  };
  for (const auto& grid : {shared_grid("flip", 1), shared_grid("c2"), shared_grid("c4")}) {
    EXPECT_TRUE(accepts(grid, 9, {.stride = 2})) << grid->name;
    EXPECT_FALSE(accepts(grid, 8, {.stride = 2})) << grid->name;
    EXPECT_TRUE(accepts(grid, 8, {.stride = 2, .transposed = true})) << grid->name;
    EXPECT_TRUE(accepts(grid, 8, {.stride = 3, .dilation = 2})) << grid->name;  // centres 2 and 5
    EXPECT_FALSE(accepts(grid, 9, {.stride = 3, .dilation = 2})) << grid->name;
  }
  EXPECT_TRUE(accepts(shared_grid("c1", 2), 8, {.stride = 2})) << "nothing turns";
}

TEST(GridConv, TransposedPaddingHasALimit) {
  const auto c4 = shared_grid("c4");
  const auto geometry = [](std::int64_t padding) {
    return ops::ConvGeometry{.stride = 2, .padding = padding, .dilation = 2, .transposed = true};
  };
  GroupConv widest(c4, 1, 1, {.size = 3, .geometry = geometry(4)});
  EXPECT_NO_THROW(widest.forward(random_field(widest.in(), 5, at::kFloat)));
  const auto type = field::FieldType::regular(c4, 1);
  for (const auto& build : {std::function([&] { GroupConv(c4, 1, 1, {.size = 3, .geometry = geometry(5)}); }),
                            std::function([&] { SteerableConv(type, type, {.size = 3, .geometry = geometry(5)}); })})
    try {
      build();
      FAIL();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("expected padding <= 4 of a transposed"), std::string::npos);
    }
}

TEST(GridConv, DeformableBanksAreKeptUntilAWeightOrACentreMoves) {
  const auto grid = shared_grid("so2:8");
  const auto fibre = kernel::dense_rotations(*grid, 4);
  DeformableSplineConv conv(grid, 1, 1, &fibre, {.count = 3});
  conv.eval();
  at::NoGradGuard no_grad;
  const auto f = random_field(conv.in(), 9, at::kFloat);
  conv.forward(f), conv.forward(f);
  EXPECT_EQ(conv.banks_built(), 1U);
  std::uint64_t built = 1;
  for (const char* moved : {"weight", "centres", "fibre_centres"}) {
    const Tensor before = conv.forward(f).data();
    conv.parameter(moved).add_(0.25);
    EXPECT_GE(verify::relative_error(conv.forward(f).data(), before), laws::kControlFactor * laws::kEquivariance32);
    EXPECT_EQ(conv.banks_built(), ++built);
  }
}

}  // namespace
}  // namespace coset::nn
