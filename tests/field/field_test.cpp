#include "coset/field/field.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::field {
namespace {

TEST(Field, QuarterTurnIsRot90AndAShift) {
  const auto c4 = shared_grid("c4");
  const Tensor x = at::randn({2, 8, 5, 5}, at::kDouble);
  const Field f(FieldType::regular(c4, 2), x);
  const Tensor turned = f.transform(1).fibres();
  for (std::int64_t r = 0; r < 4; ++r)  // F'[r] = rot90(F[r - 1])
    EXPECT_TRUE(at::equal(turned.select(2, r), at::rot90(f.fibres().select(2, (r + 3) % 4), 1, {-2, -1})));
}

TEST(Field, TransformIsAnAction) {
  for (const auto& [text, space] : {std::pair("d4", 2), {"oh", 3}, {"flip", 1}}) {
    const auto grid = shared_grid(text, space);
    std::vector<std::int64_t> shape{2, 2 * grid->size + 1, 3, 3, 3};
    shape.resize(static_cast<std::size_t>(2 + space));
    const FieldType type(grid, {{rep::regular_representation(*grid), 2}, {rep::trivial_representation(*grid), 1}});
    const Field f(type, at::randn(shape, at::kDouble));
    for (std::int64_t g = 0; g < grid->size; g += 3)
      for (std::int64_t h = 0; h < grid->size; h += 5)
        EXPECT_TRUE(at::equal(f.transform(h).transform(g).data(), f.transform(grid->multiply(g, h)).data())) << text;
  }
}

TEST(Field, IrrepsTurnTheirComponents) {
  const auto c8 = shared_grid("c8");
  const FieldType type(c8, {{rep::planar_irrep(*c8, 1), 1}});
  const Field f(type, at::randn({1, 2, 4, 4}, at::kDouble));
  const Tensor turned = f.transform(2).data();
  EXPECT_LE((turned.select(1, 0) + at::rot90(f.data().select(1, 1), 1, {-2, -1})).abs().max().item<double>(),
            laws::kAlgebra);
}

TEST(Field, TypesPrintCompareAndRefuse) {
  const auto c8 = shared_grid("c8"), c4 = shared_grid("c4");
  const FieldType type(c8, {{rep::regular_representation(*c8), 16}, {rep::planar_irrep(*c8, 1), 4}});
  EXPECT_EQ(type.to_string(), "C8: 16 regular + 4 irrep(1)");
  EXPECT_EQ(type.channels(), 136);
  EXPECT_EQ(type.fields(), 20);
  EXPECT_FALSE(type.permutation());
  EXPECT_EQ(FieldType::regular(c8, 3), FieldType::regular(shared_grid("c8"), 3));
  EXPECT_NE(FieldType(c8, {{rep::regular_representation(*c8), 3}}),
            FieldType(c4, {{rep::regular_representation(*c8), 3}}));
  try {
    expect_type("nn::GroupConv", FieldType::regular(c4, 8), Field(FieldType::regular(c8, 8), at::zeros({1, 64, 2, 2})));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[nn::GroupConv] expected a field of type C4: 8 regular; received C8: 8 regular");
  }
  EXPECT_THROW(Field(type, at::zeros({1, 135, 2, 2})), Error);
  EXPECT_THROW(Field(type, at::zeros({1, 136, 2})), Error);
  EXPECT_THROW(Field(FieldType::regular(c8, 1), at::zeros({1, 8, 4, 4})).transform(1), Error);
}

// Vectors on voxels: the cube's symmetries move voxels and turn components; other rotations have no pixels to go to.
TEST(Field, VoxelsOfIrrepsTurn) {
  const auto oh = shared_grid("oh");
  const FieldType type = rep::Irreps("1x0e+1x1o+1x2e");
  const Field f(Base::pixels, type, at::randn({2, 9, 3, 3, 3}, at::kDouble));
  const auto matrix = [&](std::int64_t g) {
    std::array<double, 9> R{};
    std::ranges::copy(oh->matrix(g), R.begin());
    return R;
  };
  for (std::int64_t g = 0; g < oh->size; g += 5)
    for (std::int64_t h = 0; h < oh->size; h += 7) {
      const Tensor one = f.transform(matrix(oh->multiply(g, h))).data();
      const Tensor two = f.transform(matrix(h)).transform(matrix(g)).data();
      EXPECT_LE((one - two).abs().max().item<double>(), laws::kAlgebra);
    }
  const double c = std::sqrt(0.5);
  EXPECT_THROW(f.transform(std::array{c, -c, 0.0, c, c, 0.0, 0.0, 0.0, 1.0}), Error);
}

TEST(Field, PointsMixTheirComponentsOnly) {
  const auto d4 = shared_grid("d4");
  const FieldType type(d4, {{rep::planar_irrep(*d4, 1), 2}, {rep::trivial_representation(*d4), 1}});
  const Field f(Base::points, type, at::randn({7, 5}, at::kDouble));
  EXPECT_EQ(f.axis(), 1);
  EXPECT_TRUE(f.sizes().empty());
  const Field turned = f.transform(1);
  EXPECT_TRUE(at::equal(turned.data().select(1, 4), f.data().select(1, 4)));
  EXPECT_LE((turned.block(0).norm(2, 2) - f.block(0).norm(2, 2)).abs().max().item<double>(), laws::kAlgebra);
  EXPECT_GE((turned.data() - f.data()).abs().max().item<double>(), 1e-2) << "the control";
  EXPECT_THROW(expect_type("test", Base::pixels, type, f), Error);
}

TEST(Field, SpheresHaveTheirShape) {
  const FieldType type = rep::Irreps("2x0e");
  EXPECT_EQ(Field(Base::sphere, type, at::zeros({1, 2, 4, 8})).sizes(), (std::vector<std::int64_t>{4, 8}));
  EXPECT_THROW(Field(Base::sphere, type, at::zeros({1, 2, 4})), Error);
}

TEST(FieldType, OneTypeIsOnePointerAndOneValue) {
  const FieldType a = rep::Irreps("8x0e+4x1o"), b = a, c = rep::Irreps("8x0e+4x1o");
  EXPECT_EQ(a, b);
  EXPECT_EQ(a, c);
  EXPECT_NE(a, FieldType(rep::Irreps("8x0e+4x1e")));
  EXPECT_NE(a, FieldType());
  EXPECT_EQ(a.channels(), 20);
  EXPECT_EQ(a.fields(), 12);
  EXPECT_FALSE(a.permutation());
  EXPECT_TRUE(FieldType(rep::Irreps("3x0e")).permutation());
  EXPECT_FALSE(FieldType(rep::Irreps("3x0o")).permutation());
  EXPECT_THROW(a.group(), Error);
}

}  // namespace
}  // namespace coset::field
