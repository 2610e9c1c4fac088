#include "coset/rep/reduced_tensor_product.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/rep/wigner_d.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using laws::distance;
using laws::kAlgebra;
using laws::kControlFactor;
using laws::kGolden64;

std::vector<double> random_normals(std::int64_t n, std::uint32_t seed) {
  NumpyRandom random(seed);
  std::vector<double> x(static_cast<std::size_t>(n));
  for (double& value : x) value = random.normal();
  return x;
}

std::vector<double> symmetric_part(const ReducedTensorProduct& basis, const std::vector<double>& tensor) {
  return to_tensor(basis, to_irreps(basis, tensor));
}

// T[i, j, k] -> sum R_ia R_jb R_kc T[a, b, c] for a tensor of rank `rank` of vectors.
std::vector<double> rotate_tensor(int rank, const Matrix3& r, std::vector<double> t) {
  for (int axis = 0; axis < rank; ++axis) {
    const std::size_t rest = t.size() / 3;
    std::vector<double> turned(t.size(), 0.0);
    for (std::size_t k = 0; k < rest; ++k)
      for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) turned[k * 3 + i] += r[3 * i + j] * t[j * rest + k];
    t = turned;
  }
  return t;
}

// Source: e3nn 0.5.1 ReducedTensorProducts of vectors.
TEST(ReducedTensorProduct, MatchesE3nn) {
  const golden::E3nn e3nn("reduced");
  struct Case {
    const char *formula, *name, *out;
  };
  for (const auto& [formula, name, out] :
       {Case{"ij=ji", "rtp_ij_ji", "1x0e+1x2e"}, Case{"ij=-ji", "rtp_ij_mji", "1x1e"},
        Case{"ijk=jik=ikj", "rtp_ijk_jik_ikj", "1x1o+1x3o"}}) {
    const auto basis = cartesian_tensor(formula);
    EXPECT_EQ(basis.out.to_string(), out);
    EXPECT_LT(distance(basis.change_of_basis, e3nn[name]), kGolden64) << formula;
  }
}

// Source: e3nn 0.5.1 CartesianTensor("ij=ji") (specs/steerable.md Appendix A).
TEST(ReducedTensorProduct, CartesianTensorMatchesE3nn) {
  const std::vector<double> t{1, 2, 3, 2, 4, 5, 3, 5, 6};
  const auto basis = cartesian_tensor("ij=ji");
  EXPECT_LT(distance(to_irreps(basis, t),
                     std::vector{6.3508529611, 4.2426406871, 2.8284271247, 0.4082482905, 7.0710678119, 3.5355339059}),
            kGolden64);
  EXPECT_LT(distance(symmetric_part(basis, t), t), kAlgebra);
}

TEST(ReducedTensorProduct, RowsAreOrthonormalAndCountedRight) {
  struct Case {
    const char *formula, *irreps;
    std::int64_t dim;
  };
  // n (n+1)/2, n (n-1)/2, symmetric rank 3 and 4, elasticity (21 constants), Riemann-like antisymmetric pairs.
  for (const auto& [formula, irreps, dim] :
       {Case{"ij=ji", "2x0e+1x1o", 15}, Case{"ij=-ji", "2x0e+1x1o", 10}, Case{"ij", "1x1o+1x2e", 64},
        Case{"ijk=jik=ikj", "1x0e+1x1o", 20}, Case{"ijk=-jik=-ikj", "1x1o+1x0e", 4}, Case{"ijkl=jikl=klij", "1x1o", 21},
        Case{"ijkl=-jikl=klij", "1x1o", 6}, Case{"ij=-ij", "1x1o", 0}}) {
    std::map<char, Irreps> indices;
    for (const char c : std::string(formula).substr(0, std::string(formula).find('='))) indices[c] = Irreps(irreps);
    const auto basis = reduced_tensor_product(formula, indices);
    ASSERT_EQ(basis.out.dim(), dim) << formula;
    const auto y = random_normals(dim, 3);
    EXPECT_LT(distance(to_irreps(basis, to_tensor(basis, y)), y), kAlgebra) << formula;
  }
}

TEST(ReducedTensorProduct, CommutesWithRotationsAndReflections) {
  NumpyRandom random(4);
  Matrix3 r = random_rotation(random);
  for (double& x : r) x = -x;
  for (const char* formula : {"ij=ji", "ijk=-jik", "ijk=jik=ikj"}) {
    const auto basis = cartesian_tensor(formula);
    const int rank = static_cast<int>(basis.in.size());
    const auto t = random_normals(basis.tensor_size(), 5);
    auto expected = to_irreps(basis, t);
    transform_rows(basis.out, r, expected);
    EXPECT_LT(distance(to_irreps(basis, rotate_tensor(rank, r, t)), expected), kAlgebra) << formula;
    const auto control = to_irreps(basis, rotate_tensor(rank, transpose(r), t));
    EXPECT_GT(distance(control, expected), kControlFactor * kAlgebra) << formula;
  }
}

TEST(ReducedTensorProduct, ProjectsOntoTheSymmetry) {
  const auto basis = cartesian_tensor("ijk=-jik=-ikj");
  const auto t = random_normals(27, 6);
  const auto part = symmetric_part(basis, t);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k) {
        EXPECT_NEAR(part[9 * i + 3 * j + k], -part[9 * j + 3 * i + k], kAlgebra);
        EXPECT_NEAR(part[9 * i + 3 * j + k], -part[9 * i + 3 * k + j], kAlgebra);
      }
  EXPECT_LT(distance(symmetric_part(basis, part), part), kAlgebra);
  EXPECT_GT(distance(part, t), kControlFactor * kAlgebra);
}

TEST(ReducedTensorProduct, FormulasGenerateGroups) {
  EXPECT_EQ(parse_symmetry("ij").size(), 1U);
  EXPECT_EQ(parse_symmetry("ij = -ji").size(), 2U);
  EXPECT_EQ(parse_symmetry("-ij=ji"), parse_symmetry("ij=-ji"));
  EXPECT_EQ(parse_symmetry("ijk=jik=ikj").size(), 6U);
  EXPECT_EQ(parse_symmetry("ijkl=jikl=klij").size(), 8U);
  for (const char* text : {"ij=jk", "ij=i", "ii=ii", "i1=1i", "ij=ji=", "ij=--ji", "ij==ji"})
    EXPECT_THROW(parse_symmetry(text), Error) << text;
  EXPECT_THROW(reduced_tensor_product("ij=ji", {}), Error);
  EXPECT_THROW(reduced_tensor_product("ij", {{'i', Irreps("1o")}}), Error);
  EXPECT_THROW(reduced_tensor_product("ij=ji", {{'i', Irreps("1o")}, {'j', Irreps("2e")}}), Error);
  EXPECT_THROW(reduced_tensor_product("ij=ji", {{'i', Irreps("1o")}, {'k', Irreps("2e")}}), Error);
  EXPECT_EQ(reduced_tensor_product("ij=ji", {{'j', Irreps("1o")}}).out.to_string(), "1x0e+1x2e");
  EXPECT_THROW(to_irreps(cartesian_tensor("ij"), std::vector<double>(4)), Error);
}

}  // namespace
}  // namespace coset::rep
