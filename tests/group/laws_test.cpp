#include "coset/group/affine.h"
#include "tests/laws/broken.h"
#include "tests/laws/group_laws.h"
#include "tests/laws/lie_laws.h"

namespace coset::laws {
namespace {

template <group::Solid kSolid, bool kInversion>
struct Solid {
  static group::Polyhedral group() { return group::Polyhedral(kSolid, kInversion); }
};
template <class H, int N>
struct AffineOf {
  static group::Affine<H> group() { return group::Affine<H>(H(N)); }
};
struct AffineOh {
  static group::Affine<group::Polyhedral> group() {
    return group::Affine<group::Polyhedral>(group::Polyhedral(group::Solid::octahedron, true));
  }
};

using Finite = ::testing::Types<Order<group::Cyclic, 1>, Order<group::Cyclic, 4>, Order<group::Cyclic, 12>,
                                Order<group::Dihedral, 1>, Order<group::Dihedral, 4>, Order<group::Dihedral, 7>,
                                Solid<group::Solid::tetrahedron, false>, Solid<group::Solid::octahedron, false>,
                                Solid<group::Solid::icosahedron, false>, Solid<group::Solid::tetrahedron, true>,
                                Solid<group::Solid::octahedron, true>, Solid<group::Solid::icosahedron, true>>;
using AffineFinite = ::testing::Types<AffineOf<group::Cyclic, 4>, AffineOf<group::Dihedral, 4>, AffineOh>;
using Lie = ::testing::Types<Plain<group::SO2>, Plain<group::O2>, Plain<group::Scale<1>>, Plain<group::Scale<3>>,
                             Plain<group::RotationScale>, Plain<group::SO3>, Plain<group::O3>,
                             Plain<group::Translation<1>>, Plain<group::Translation<3>>, Plain<group::SE2>,
                             Plain<group::E2>, Plain<group::ScaleTranslation<1>>, Plain<group::ScaleTranslation<2>>,
                             Plain<group::Sim2>, Plain<group::SE3>, Plain<group::E3>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Finite, GroupLaws, Finite);
INSTANTIATE_TYPED_TEST_SUITE_P(AffineFinite, GroupLaws, AffineFinite);
INSTANTIATE_TYPED_TEST_SUITE_P(Lie, GroupLaws, Lie);
INSTANTIATE_TYPED_TEST_SUITE_P(Lie, LieGroupLaws, Lie);

constexpr double kMiss = kControlFactor * kGroupLaw;

TEST(GroupLawControls, BrokenGroupsFail) {
  EXPECT_GE(inverse_error(UnsignedInverse<group::SO2>()), kMiss);
  EXPECT_GE(left_regular_error(UntwistedProduct<group::SO3>()), kMiss);
  EXPECT_GE(homomorphism_error(UntwistedProduct<group::SO3>()), kMiss);
  EXPECT_GE(action_error(UntwistedProduct<group::SO3>()), kMiss);
  EXPECT_GE(homomorphism_error(UnreversedDihedral(5)), kMiss);
  EXPECT_GE(inverse_error(UnreversedDihedral(5)), kMiss);
  EXPECT_GE(exp_log_error(WrongSignLog()), kMiss);
  EXPECT_GE(modular_error(AdditiveModular()), kMiss);
  EXPECT_GE(one_parameter_error(UncurvedExp()), kMiss);
  const auto right_haar = [](const auto& g) { return 1.0 / g.h; };  // dx ds / s
  EXPECT_GE(left_haar_error(group::ScaleTranslation<2>(), right_haar), kControlFactor * kGradient);
  EXPECT_LE(modular_error(Unimodular()), kGroupLaw) << "a homomorphism, but";
  EXPECT_GE(modular_difference_error(Unimodular()), kControlFactor * kGradient);
}

/// Subtraction is not associative; it has a right identity only.
struct Subtraction : group::Translation<2> {
  Element product(const Element& a, const Element& b) const { return group::sum(a, group::negated(b)); }
};

TEST(GroupLawControls, SubtractionIsNoGroup) {
  EXPECT_GE(associativity_error(Subtraction()), kMiss);
  EXPECT_GE(identity_error(Subtraction()), kMiss);
  EXPECT_GE(distance_error(Subtraction()), kMiss);
}

/// The naive log divides by the angle: worthless near the identity.
struct NaiveLog : group::SO3 {
  group::Vector<3> log(const Element& r) const {
    const double t = std::acos(std::clamp((r(0, 0) + r(1, 1) + r(2, 2) - 1.0) / 2.0, -1.0, 1.0));
    const double f = t / (2.0 * std::sin(t));
    return {f * (r(2, 1) - r(1, 2)), f * (r(0, 2) - r(2, 0)), f * (r(1, 0) - r(0, 1))};
  }
};

TEST(GroupLawControls, NaiveLogLosesTheIdentity) {
  EXPECT_FALSE(exp_log_error(NaiveLog()) < kMiss) << "NaN or a large error is expected";
}

}  // namespace
}  // namespace coset::laws
