#include "coset/field/field.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/group/spatial.h"
#include "coset/verify/equivariance.h"
#include "tests/laws/tolerance.h"

namespace coset::field {
namespace {

using rep::Irreps;

std::array<double, 9> product(const std::array<double, 9>& a, const std::array<double, 9>& b) {
  std::array<double, 9> c{};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k) c[3 * i + j] += a[3 * i + k] * b[3 * k + j];
  return c;
}

TEST(IrrepsField, TransformIsARepresentation) {
  Generator generator(4);
  const Irreps irreps("2x0e+1x0o+3x1o+1x1e+2x2e");
  at::manual_seed(4);
  const Field x{irreps, at::randn({3, 2, irreps.dim()}, at::kDouble)};
  const auto a = group::random_rotation(generator).entries;
  auto b = group::random_rotation(generator).entries;
  for (double& entry : b) entry = -entry;
  const Tensor both = x.transform(product(a, b)).data();
  EXPECT_LE(verify::relative_error(x.transform(b).transform(a).data(), both), laws::kAlgebra);
  // The control: the wrong order.
  EXPECT_GE(verify::relative_error(x.transform(a).transform(b).data(), both), laws::kControlFactor * laws::kAlgebra);
}

TEST(IrrepsField, VectorsTurnWithTheMatrixAndPseudoScalarsFlip) {
  const std::array<double, 9> inversion{-1, 0, 0, 0, -1, 0, 0, 0, -1};
  const Field x{Irreps("1x0o+1x1o+1x1e"), at::ones({1, 7}, at::kDouble)};
  const Tensor expected = torch::tensor({-1., -1., -1., -1., 1., 1., 1.}, at::kDouble);
  EXPECT_TRUE(at::allclose(x.transform(inversion).data()[0], expected));
}

TEST(IrrepsField, ChecksItsIrreps) {
  EXPECT_THROW(Field(Irreps("1x1o"), at::zeros({2, 4})), Error);
  const Field x{Irreps("1x1o"), at::zeros({2, 3})};
  EXPECT_THROW(expect_type("test", Irreps("3x0e"), x), Error);
  const std::vector<Field> parts{x, {Irreps("2x0e"), at::zeros({2, 2})}};
  EXPECT_EQ(concatenate(parts).type().to_string(), "1x1o+2x0e");
}

}  // namespace
}  // namespace coset::field
