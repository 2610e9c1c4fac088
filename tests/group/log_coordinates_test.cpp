#include "coset/group/log_coordinates.h"

#include <gtest/gtest.h>

#include <cmath>

#include "coset/group/affine.h"
#include "coset/group/small_angle.h"
#include "tests/laws/tolerance.h"

namespace coset::group {
namespace {

TEST(LogCoordinates, AreTheLogarithmsOfTheGroups) {
  NumpyRandom random(3);
  for (int draw = 0; draw < 20; ++draw) {
    const auto planar = RotationScale().random(random);
    const auto found = log_coordinates(2, RotationScale().matrix(planar).entries);
    const auto expected = RotationScale().log(planar);
    EXPECT_NEAR(wrap(found.rotation[0] - expected[0]), 0.0, laws::kGroupLaw);
    EXPECT_NEAR(found.log_scale, expected[1], laws::kGroupLaw);
    EXPECT_EQ(found.component, 0);
    const auto turn = SO3().random(random);
    EXPECT_LE(laws::distance(log_coordinates(3, (-1.7 * turn).entries).rotation, SO3().log(turn)), laws::kGroupLaw);
    EXPECT_EQ(log_coordinates(3, (-1.7 * turn).entries).component, 1);
    EXPECT_NEAR(log_coordinates(3, (-1.7 * turn).entries).log_scale, std::log(1.7), laws::kGroupLaw);
    const auto mirror = O2::Element{1, planar.turn};
    EXPECT_NEAR(wrap(log_coordinates(2, O2().matrix(mirror).entries).rotation[0] - planar.turn), 0.0, laws::kGroupLaw);
    EXPECT_EQ(log_coordinates(2, O2().matrix(mirror).entries).component, 1);
  }
}

TEST(LogCoordinates, BetweenGrids) {
  const auto fine = parse_group("so2:16"), coarse = parse_group("so2:4");
  EXPECT_NEAR(relative_log(coarse, 1, fine, 6).rotation[0], 2.0 * std::acos(-1.0) * 2.0 / 16.0, laws::kGroupLaw);
  const auto scales = scale_grid(1, 4, 2.0);
  EXPECT_NEAR(relative_log(scales, 1, scales, 3).log_scale, std::log(4.0), laws::kGroupLaw);
  EXPECT_THROW(relative_log(fine, 0, scales, 0), Error);
}

}  // namespace
}  // namespace coset::group
