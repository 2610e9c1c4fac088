#include "coset/rep/wigner_3j.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "coset/base/error.h"
#include "tests/golden/e3nn.h"
#include "tests/laws/tolerance.h"

namespace coset::rep {
namespace {

using laws::distance;
using laws::kAlgebra;
using laws::kControlFactor;
using laws::kGolden64;

std::size_t index(int l2, int l3, int i, int j, int k) {
  return (static_cast<std::size_t>(i) * (2 * l2 + 1) + j) * (2 * l3 + 1) + k;
}

// Source: e3nn 0.5.1, wigner_3j in float64, first six non-zero entries (specs/steerable.md Appendix A).
TEST(Wigner3j, SignsAreThoseOfE3nn05) {
  struct Case {
    int l1, l2, l3;
    std::vector<CouplingEntry> first;
  };
  const std::vector<Case> cases{
      {1, 1, 2, {{0, 0, 2, -0.1825741858}, {0, 0, 4, -0.316227766}, {0, 1, 1, 0.316227766}, {0, 2, 0, 0.316227766}}},
      {1, 2, 2, {{0, 0, 1, -0.1825741858}, {0, 1, 0, 0.1825741858}, {0, 2, 3, 0.316227766}, {0, 3, 2, -0.316227766}}},
      {2, 2, 2, {{0, 0, 2, -0.2390457219}, {0, 1, 3, 0.2070196678}, {0, 2, 0, -0.2390457219}, {0, 3, 1, 0.2070196678}}},
      {1,
       2,
       3,
       {{0, 0, 4, -0.0690065559}, {0, 0, 6, -0.2672612419}, {0, 1, 3, -0.1690308509}, {0, 1, 5, -0.2182178902}}},
      {2, 2, 3, {{0, 1, 0, 0.1889822365}, {0, 1, 2, 0.1463850109}, {0, 2, 5, 0.2672612419}, {0, 3, 4, -0.1463850109}}},
      {2,
       3,
       3,
       {{0, 0, 4, -0.1091089451}, {0, 1, 3, -0.2182178902}, {0, 2, 4, 0.1690308509}, {0, 2, 6, 0.1091089451}}}};
  for (const auto& [l1, l2, l3, first] : cases) {
    const auto entries = coupling_entries(l1, l2, l3);
    for (std::size_t n = 0; n < first.size(); ++n) {
      EXPECT_EQ(entries[n].i, first[n].i);
      EXPECT_EQ(entries[n].j, first[n].j);
      EXPECT_EQ(entries[n].k, first[n].k);
      EXPECT_NEAR(entries[n].value, first[n].value, kGolden64);
    }
  }
}

// Source: e3nn 0.5.1 wigner_3j, 175 triples, signs included.
TEST(Wigner3j, MatchesE3nn) {
  const golden::E3nn e3nn("wigner_3j");
  const auto index_rows = e3nn["w3j_index"];
  const auto flat = e3nn["w3j_flat"];
  ASSERT_EQ(e3nn.shape("w3j_index")[0], 175);
  for (std::size_t n = 0; n < 175; ++n) {
    const auto row = golden::rows(index_rows, 4, n);
    const int l[] = {static_cast<int>(row[0]), static_cast<int>(row[1]), static_cast<int>(row[2])};
    const auto& ours = wigner_3j(l[0], l[1], l[2]);
    EXPECT_LT(distance(ours, golden::rows(flat, 1, static_cast<std::size_t>(row[3]), ours.size())), kGolden64)
        << l[0] << l[1] << l[2];
  }
}

TEST(Wigner3j, NormIsOneAtEveryDegree) {
  for (int l1 = 0; l1 <= 15; ++l1)
    for (int l2 = l1 % 3; l2 <= 15; l2 += 3)
      for (int l3 = std::abs(l1 - l2); l3 <= l1 + l2 && l3 <= 20; l3 += 2) {
        double sum = 0.0;
        for (const double value : wigner_3j(l1, l2, l3)) sum += value * value;
        EXPECT_NEAR(sum, 1.0, kAlgebra) << l1 << l2 << l3;
      }
}

// sum_{i,j} C_ijk C_ijk' = delta_kk' / (2 l3 + 1): exact sums keep this at high degree, where floating point would not.
TEST(Wigner3j, ColumnsAreOrthogonalAtHighDegree) {
  for (const auto& [l1, l2, l3] : {std::array{11, 13, 15}, std::array{15, 15, 15}, std::array{30, 30, 30}}) {
    const int n3 = 2 * l3 + 1;
    std::vector<double> gram(static_cast<std::size_t>(n3) * n3, 0.0);
    std::vector<double> expected(gram.size(), 0.0);
    const auto& c = wigner_3j(l1, l2, l3);
    for (std::size_t row = 0; row < c.size(); row += n3)
      for (int a = 0; a < n3; ++a)
        if (c[row + a] != 0.0)
          for (int b = 0; b < n3; ++b) gram[a * n3 + b] += c[row + a] * c[row + b] * n3;
    for (int a = 0; a < n3; ++a) expected[a * n3 + a] = 1.0;
    EXPECT_LT(distance(gram, expected), kAlgebra) << l3;
  }
}

TEST(Wigner3j, TranspositionsGiveTheSignOfTheDegreeSumAndCyclesNone) {
  for (int l1 = 0; l1 <= 5; ++l1)
    for (int l2 = 0; l2 <= 5; ++l2)
      for (int l3 = std::abs(l1 - l2); l3 <= l1 + l2; ++l3) {
        const auto& c = wigner_3j(l1, l2, l3);
        std::vector<double> swapped(c.size());
        std::vector<double> cycled(c.size());
        const double sign = (l1 + l2 + l3) % 2 == 0 ? 1.0 : -1.0;
        for (int i = 0; i <= 2 * l1; ++i)
          for (int j = 0; j <= 2 * l2; ++j)
            for (int k = 0; k <= 2 * l3; ++k) {
              const std::size_t at = index(l2, l3, i, j, k);
              swapped[at] = sign * wigner_3j(l2, l1, l3)[index(l1, l3, j, i, k)];
              cycled[at] = wigner_3j(l2, l3, l1)[index(l3, l1, j, k, i)];
            }
        EXPECT_LT(distance(swapped, c), kAlgebra);
        EXPECT_LT(distance(cycled, c), kAlgebra);
        if ((l1 + l2 + l3) % 2 != 0) {  // the control: without its sign the transposition must fail
          for (double& value : swapped) value = -value;
          EXPECT_GT(distance(swapped, c), kControlFactor * kAlgebra);
        }
      }
}

TEST(Wigner3j, ScalarsCoupleToDeltaAndVectorsToTheCrossProduct) {
  for (int l = 0; l <= 8; ++l)
    for (const auto& entry : coupling_entries(l, 0, l)) {
      EXPECT_EQ(entry.i, entry.k);
      EXPECT_NEAR(entry.value, 1.0 / std::sqrt(2.0 * l + 1.0), kAlgebra);
    }
  const double e = 1.0 / std::sqrt(6.0);
  const std::vector<CouplingEntry> cross{{0, 1, 2, e}, {0, 2, 1, -e}, {1, 0, 2, -e},
                                         {1, 2, 0, e}, {2, 0, 1, e},  {2, 1, 0, -e}};
  const auto entries = coupling_entries(1, 1, 1);
  ASSERT_EQ(entries.size(), 6U);
  for (std::size_t n = 0; n < 6; ++n) {
    EXPECT_EQ((std::array{entries[n].i, entries[n].j, entries[n].k}), (std::array{cross[n].i, cross[n].j, cross[n].k}));
    EXPECT_NEAR(entries[n].value, cross[n].value, kAlgebra);
  }
}

// Textbook values: <1 0 1 0|2 0> = sqrt(2/3), <1 1 1 -1|1 0> = 1/sqrt 2, <2 1 1 -1|3 0> = sqrt(1/5).
TEST(Wigner3j, ClebschGordanHasCondonShortleyPhases) {
  EXPECT_NEAR(clebsch_gordan(1, 0, 1, 0, 2, 0), std::sqrt(2.0 / 3.0), kAlgebra);
  EXPECT_NEAR(clebsch_gordan(1, 1, 1, -1, 1, 0), std::sqrt(0.5), kAlgebra);
  EXPECT_NEAR(clebsch_gordan(1, -1, 1, 1, 1, 0), -std::sqrt(0.5), kAlgebra);
  EXPECT_NEAR(clebsch_gordan(2, 1, 1, -1, 3, 0), std::sqrt(0.2), kAlgebra);
  EXPECT_EQ(clebsch_gordan(1, 1, 1, 1, 1, 2), 0.0);
  EXPECT_EQ(clebsch_gordan(1, 0, 1, 0, 3, 0), 0.0);
}

TEST(Wigner3j, ManyThreadsSeeOneTensor) {
  std::vector<const double*> seen(8);
  std::vector<std::thread> threads;
  for (auto& pointer : seen) threads.emplace_back([&pointer] { pointer = wigner_3j(7, 6, 9).data(); });
  for (auto& thread : threads) thread.join();
  for (const double* pointer : seen) EXPECT_EQ(pointer, seen[0]);
}

TEST(Wigner3j, RefusesWhatDoesNotCouple) {
  EXPECT_THROW(wigner_3j(1, 1, 3), Error);
  EXPECT_THROW(wigner_3j(-1, 1, 1), Error);
  EXPECT_THROW(wigner_3j(1, 4, 2), Error);
  EXPECT_THROW(wigner_3j(2000, 2000, 0), Error);
}

}  // namespace
}  // namespace coset::rep
