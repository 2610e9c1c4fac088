#include "coset/verify/equivariance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::verify {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

TEST(RelativeError, IsRelativeToTheLargestValueOrOne) {
  const Tensor b = at::tensor({1.0, -20.0}, at::kDouble);
  EXPECT_DOUBLE_EQ(relative_error(at::tensor({1.0, -19.0}, at::kDouble), b), 0.05);
  EXPECT_DOUBLE_EQ(relative_error(0.1 * at::ones({1}, at::kDouble), at::zeros({1}, at::kDouble)), 0.1);
  EXPECT_EQ(relative_error(at::zeros({0}), at::zeros({0})), 0.0);
}

TEST(RelativeError, WhatCannotBeComparedIsInfinitelyWrong) {
  EXPECT_EQ(relative_error(at::zeros({2}), at::zeros({3})), kInfinite);
  EXPECT_EQ(relative_error(at::full({2}, std::nan("")), at::zeros({2})), kInfinite);
  EXPECT_EQ(relative_error(at::full({2}, kInfinite), at::full({2}, kInfinite)), kInfinite);
}

TEST(EquivarianceError, OneBrokenOutputIsEnough) {
  const auto same = [](const TensorList& x) { return x; };
  const TensorList x{at::ones({2}, at::kDouble), at::ones({2}, at::kDouble)};
  EXPECT_EQ(equivariance_error(same, x, same, same), 0.0);
  for (const std::size_t place : {0UL, 1UL}) {
    const auto broken = [place](TensorList y) {
      y[place] = y[place] / 0.0 * 0.0;
      return y;
    };
    EXPECT_FALSE(equivariance_error(broken, x, same, same) <= laws::kEquivariance64) << place;
    const auto doubled = [place](TensorList y) {
      y[place] = 2.0 * y[place];
      return y;
    };
    EXPECT_DOUBLE_EQ(equivariance_error(same, x, doubled, same), 1.0) << place;
  }
  const auto fewer = [](const TensorList& y) { return TensorList{y[0]}; };
  EXPECT_THROW(equivariance_error(same, x, same, fewer), Error);
}

TEST(O3Errors, TellsRotationsFromReflections) {
  const auto identity = [](const field::Field& x) { return x; };
  const field::Field vectors(rep::Irreps("2x1o"), at::randn({3, 6}, at::kDouble));
  EXPECT_LE(o3_errors(identity, vectors, 3, 1).reflection, laws::kEquivariance64);
  const auto renamed = [](const field::Field& x) {  // polar vectors called axial
    return field::Field(rep::Irreps("2x1e"), x.data());
  };
  const O3Errors errors = o3_errors(renamed, vectors, 3, 1);
  EXPECT_LE(errors.rotation, laws::kEquivariance64);
  EXPECT_GE(errors.reflection, laws::kControlFactor * laws::kEquivariance64);
}

}  // namespace
}  // namespace coset::verify
