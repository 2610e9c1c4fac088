#include "coset/field/regular_field.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::field {
namespace {

TEST(RegularField, QuarterTurnIsRot90AndAShift) {
  const auto c4 = shared_grid("c4");
  const Tensor x = at::randn({2, 8, 5, 5}, at::kDouble);
  const RegularField f(FieldType::regular(c4, 2), x);
  const Tensor turned = f.transform(1).fibres();
  for (std::int64_t r = 0; r < 4; ++r)  // F'[r] = rot90(F[r - 1])
    EXPECT_TRUE(at::equal(turned.select(2, r), at::rot90(f.fibres().select(2, (r + 3) % 4), 1, {-2, -1})));
}

TEST(RegularField, TransformIsAnAction) {
  for (const auto& [text, space] : {std::pair("d4", 2), {"oh", 3}, {"flip", 1}}) {
    const auto grid = shared_grid(text, space);
    std::vector<std::int64_t> shape{2, 2 * grid->size + 1, 3, 3, 3};
    shape.resize(static_cast<std::size_t>(2 + space));
    const FieldType type(grid, {{rep::regular_representation(*grid), 2}, {rep::trivial_representation(*grid), 1}});
    const RegularField f(type, at::randn(shape, at::kDouble));
    for (std::int64_t g = 0; g < grid->size; g += 3)
      for (std::int64_t h = 0; h < grid->size; h += 5)
        EXPECT_TRUE(at::equal(f.transform(h).transform(g).data(), f.transform(grid->multiply(g, h)).data())) << text;
  }
}

TEST(RegularField, IrrepsTurnTheirComponents) {
  const auto c8 = shared_grid("c8");
  const FieldType type(c8, {{rep::planar_irrep(*c8, 1), 1}});
  const RegularField f(type, at::randn({1, 2, 4, 4}, at::kDouble));
  const Tensor turned = f.transform(2).data();
  EXPECT_LE((turned.select(1, 0) + at::rot90(f.data().select(1, 1), 1, {-2, -1})).abs().max().item<double>(),
            laws::kAlgebra);
}

TEST(RegularField, TypesPrintCompareAndRefuse) {
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
    expect_type("nn::GroupConv", FieldType::regular(c4, 8),
                RegularField(FieldType::regular(c8, 8), at::zeros({1, 64, 2, 2})));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "[nn::GroupConv] expected a field of type C4: 8 regular; received C8: 8 regular");
  }
  EXPECT_THROW(RegularField(type, at::zeros({1, 135, 2, 2})), Error);
  EXPECT_THROW(RegularField(type, at::zeros({1, 136, 2})), Error);
  EXPECT_THROW(RegularField(FieldType::regular(c8, 1), at::zeros({1, 8, 4, 4})).transform(1), Error);
}

}  // namespace
}  // namespace coset::field
