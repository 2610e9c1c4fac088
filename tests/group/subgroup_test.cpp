#include "coset/group/subgroup.h"

#include <gtest/gtest.h>

#include <array>

#include "coset/group/homogeneous.h"
#include "tests/laws/tolerance.h"

namespace coset::group {
namespace {

TEST(Subgroup, GeneratedNormalAndNot) {
  const GroupGrid d4 = dihedral_grid(4);
  const Subgroup turns = generated_subgroup(d4, std::array<std::int64_t, 1>{1});
  EXPECT_EQ(turns, (Subgroup{0, 1, 2, 3}));
  EXPECT_TRUE(is_normal(d4, turns));
  const Subgroup mirror = generated_subgroup(d4, std::array<std::int64_t, 1>{4});
  EXPECT_EQ(mirror, (Subgroup{0, 4}));
  EXPECT_FALSE(is_normal(d4, mirror));
  EXPECT_FALSE(is_subgroup(d4, Subgroup{0, 1}));
  EXPECT_FALSE(is_subgroup(parse_group("r+:3:2"), Subgroup{0, 1})) << "the inverse of 2 is not on the grid";
}

TEST(Subgroup, OrbitAndStabiliserMultiplyToTheOrder) {
  const GroupGrid oh = parse_group("oh");
  for (const auto& [point, stabilised] : {std::pair(std::array{1.0, 0.0, 0.0}, 8UL),
                                          {std::array{1.0, 1.0, 0.0}, 4UL},
                                          {std::array{1.0, 1.0, 1.0}, 6UL},
                                          {std::array{1.0, 2.0, 3.0}, 1UL}}) {
    EXPECT_EQ(stabiliser(oh, point).size(), stabilised);
    EXPECT_EQ(orbit(oh, point).size() / 3, 48 / stabilised);
  }
  EXPECT_THROW(stabiliser(oh, std::array{1.0, 0.0}), Error);
}

TEST(CosetSpace, IsTheOrbitWithTheGroupsAction) {
  const GroupGrid o = parse_group("o");
  const std::array axis{0.0, 0.0, 1.0};
  const CosetSpace space = left_cosets(o, stabiliser(o, axis));
  EXPECT_EQ(space.size, 6);  // the faces of the cube
  for (std::int64_t g = 0; g < o.size; ++g)
    for (std::int64_t h = 0; h < o.size; ++h)
      for (std::int64_t c = 0; c < space.size; ++c)
        ASSERT_EQ(space.act(o.multiply(g, h), c), space.act(g, space.act(h, c)));
  for (std::int64_t c = 0; c < space.size; ++c) EXPECT_EQ(stabiliser(o, space, c).size(), 4U);
  EXPECT_EQ(stabiliser(o, space, 0), stabiliser(o, axis));
  EXPECT_THROW(left_cosets(o, Subgroup{0, 1}), Error);
}

TEST(CosetSpace, QuotientGroups) {
  const GroupGrid c12 = cyclic_grid(12);
  const auto product = quotient_product(c12, generated_subgroup(c12, std::array<std::int64_t, 1>{3}));
  EXPECT_EQ(product, (std::vector<std::int64_t>{0, 1, 2, 1, 2, 0, 2, 0, 1}));  // C12/C4 = C3
  const GroupGrid d4 = dihedral_grid(4);
  EXPECT_THROW(quotient_product(d4, Subgroup{0, 4}), Error);
}

template <class X>
void expect_homogeneous(const X& space, const std::vector<typename X::Point>& points, auto apart) {
  NumpyRandom random(3);
  const auto& group = space.group();
  for (const auto& y : points) {
    const auto g_y = space.section(y);
    EXPECT_LE(apart(space.act(g_y, space.origin()), y), laws::kGroupLaw);
    const auto g = group.random(random);
    // g_{gy}^-1 g g_y fixes the origin: two sections differ by the stabiliser
    const auto h = group.product(group.inverse(space.section(space.act(g, y))), group.product(g, g_y));
    EXPECT_LE(apart(space.act(h, space.origin()), space.origin()), laws::kGroupLaw);
  }
}

/// g g^-1 fixes the origin however it is rounded; a shift that can be seen does not.
template <class X>
void expect_rounded_stabiliser(const X& space) {
  const auto& group = space.group();
  NumpyRandom random(6);
  for (int i = 0; i < 20; ++i) {
    const auto g = group.random(random);
    auto rounded = group.product(g, group.inverse(g));
    EXPECT_TRUE(space.stabilises(rounded));
    rounded.x[1] += laws::kControlFactor * kStabiliserTolerance;
    EXPECT_FALSE(space.stabilises(rounded));
  }
}

TEST(HomogeneousSpaces, SectionsReachEveryPoint) {
  const auto apart = [](const auto& a, const auto& b) { return laws::distance(a, b); };
  expect_homogeneous(EuclideanSpace<SO2>(), {{0.3, -2.0}, {0.0, 0.0}}, apart);
  expect_homogeneous(EuclideanSpace<Scale<3>>(), {{0.3, -2.0, 4.0}}, apart);
  expect_homogeneous(Sphere(), {{0.0, 1.0, 0.0}, {0.0, -1.0, 0.0}, {0.6, 0.0, -0.8}}, apart);
  const SE3 se3;
  NumpyRandom random(4);
  expect_homogeneous(
      PrincipalSpace<SE3>(se3), {se3.random(random), se3.random(random)},
      [&](const auto& a, const auto& b) { return laws::distance(se3.matrix(a).entries, se3.matrix(b).entries); });
  EXPECT_TRUE(Sphere().stabilises(SO3().exp({0.0, 0.7, 0.0})));
  EXPECT_FALSE(Sphere().stabilises(SO3().exp({0.7, 0.0, 0.0})));
  expect_rounded_stabiliser(EuclideanSpace<SO3>());
  expect_rounded_stabiliser(PrincipalSpace<SE3>());
  EXPECT_NEAR((EuclideanSpace<Scale<2>>().jacobian({{1.0, 2.0}, 2.0})), 0.25, laws::kGroupLaw);
}

static_assert(HomogeneousSpace<Sphere> && HomogeneousSpace<EuclideanSpace<O2>> &&
              HomogeneousSpace<PrincipalSpace<Sim2>>);
static_assert(!LieGroup<Cyclic> && LieGroup<E3> && LinearLieGroup<RotationScale> && !LinearGroup<SE2>);

}  // namespace
}  // namespace coset::group
