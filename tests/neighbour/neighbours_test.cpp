#include "coset/neighbour/neighbours.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "coset/base/error.h"

namespace coset::neighbour {
namespace {

std::vector<double> random_points(int n, double scale, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<double> uniform(-scale, scale);
  std::vector<double> points(3 * static_cast<std::size_t>(n));
  for (double& x : points) x = uniform(engine);
  return points;
}

void expect_same(const NeighbourList& a, const NeighbourList& b) {
  EXPECT_EQ(a.sender, b.sender);
  EXPECT_EQ(a.receiver, b.receiver);
  EXPECT_EQ(a.shift, b.shift);
}

const Cell kTriclinic{{{{4.0, 0.3, 0.1}, {0.9, 3.5, -0.2}, {0.4, 0.7, 5.0}}}, {true, true, true}};

TEST(RadiusGraph, EqualsAllPairs) {
  for (const double cutoff : {0.3, 1.0, 4.0, 30.0})
    expect_same(radius_graph(random_points(60, 5.0, 1), cutoff),
                radius_graph_reference(random_points(60, 5.0, 1), cutoff));
}

TEST(RadiusGraph, EqualsAllImagesInPeriodicCells) {
  for (const double cutoff : {0.8, 2.0, 6.5}) {
    for (const std::array<bool, 3> periodic : {std::array{true, true, true}, std::array{true, false, true}}) {
      Cell cell = kTriclinic;
      cell.periodic = periodic;
      // Atoms far outside the cell are wrapped: the shift carries the difference.
      const auto points = random_points(25, 9.0, 2);
      const auto list = radius_graph(points, cutoff, cell);
      expect_same(list, radius_graph_reference(points, cutoff, cell));
      EXPECT_GT(list.sender.size(), 0U);
    }
  }
}

TEST(RadiusGraph, PeriodicityMatters) {
  const auto points = random_points(25, 2.0, 3);
  EXPECT_NE(radius_graph(points, 2.0, kTriclinic).sender.size(), radius_graph(points, 2.0).sender.size());
}

TEST(RadiusGraph, OneAtomSeesItsImages) {
  const Cell cube{{{{2, 0, 0}, {0, 2, 0}, {0, 0, 2}}}, {true, true, true}};
  EXPECT_EQ(radius_graph(std::vector<double>{7.0, -3.0, 0.5}, 2.1, cube).sender.size(), 6U);
}

TEST(RadiusGraph, EmptyAndSingleAreValid) {
  EXPECT_TRUE(radius_graph({}, 1.0).sender.empty());
  EXPECT_TRUE(radius_graph(std::vector<double>{0, 0, 0}, 1.0).sender.empty());
  EXPECT_TRUE(fully_connected(1).sender.empty());
}

TEST(RadiusGraph, RefusesBadInput) {
  EXPECT_THROW(radius_graph(random_points(3, 1, 1), 0.0), Error);
  EXPECT_THROW(radius_graph(std::vector<double>{0, 0, NAN}, 1.0), Error);
  EXPECT_THROW(radius_graph(std::vector<double>{0, 0}, 1.0), Error);
  EXPECT_THROW(radius_graph(random_points(3, 1, 1), 1.0, Cell{}), Error);
}

const Vec3 kZero{};

Cell cell_of(const std::array<Vec3, 3>& vectors, const std::array<bool, 3>& periodic) {
  return {vectors, periodic};
}

TEST(RadiusGraph, DirectionsWithoutPeriodNeedNoVector) {
  // ASE writes molecules with a zero cell, slabs and wires with zero vectors.
  const std::vector<double> dimer{0, 0, 0, 0, 0, 2.5};
  EXPECT_EQ(radius_graph(dimer, 3.0, cell_of({}, {false, false, false})).sender.size(), 2U);
  const std::vector<double> two{0, 0, 0, 1.5, 1.5, 1.0};
  const Cell slab = cell_of({{{3, 0, 0}, {0, 3, 0}, kZero}}, {true, true, false});
  EXPECT_EQ(radius_graph(two, 2.5, slab).sender.size(), 8U);
  const Cell wire = cell_of({{kZero, {0, 3, 0}, kZero}}, {false, true, false});
  EXPECT_EQ(radius_graph(std::vector<double>{0, 0, 0}, 3.5, wire).shift, (std::vector<Int3>{{0, -1, 0}, {0, 1, 0}}));
  // What such a direction holds, anything included, is not read.
  const Cell odd = cell_of({{{3, 0, 0}, {0, 3, 0}, {NAN, 1e300, 3}}}, {true, true, false});
  expect_same(radius_graph(two, 2.5, odd), radius_graph(two, 2.5, slab));
}

TEST(RadiusGraph, AnyUnitOfLength) {
  for (const double unit : {1e-300, 1e-30, 1e-10, 1e-3, 1e11, 1e21, 1e60}) {
    const Cell cube = cell_of({{{3 * unit, 0, 0}, {0, 3 * unit, 0}, {0, 0, 3 * unit}}}, {true, true, true});
    EXPECT_EQ(radius_graph(std::vector<double>{0, 0, 0}, 3.5 * unit, cube).sender.size(), 6U) << unit;
    std::vector<double> planets{0, 0, 0, 1.0, 0, 0, 0, 1.523, 0};
    for (double& x : planets) x *= unit;
    EXPECT_EQ(radius_graph(planets, 2.0 * unit).sender.size(), 6U) << unit;
    EXPECT_EQ(radius_graph(planets, 1.2 * unit).sender.size(), 2U) << unit;
  }
}

TEST(RadiusGraph, CutoffBeyondTheExtentMeansAllPairs) {
  const std::vector<double> planar{0, 0, 0.119, 0, 0.763, -0.477, 0, -0.763, -0.477};
  const std::vector<double> linear{0, 0, 0, 0, 0, 1.16, 0, 0, -1.16};
  const std::vector<double> solid{0, 0, 0, 0.94, 0, -0.38, -0.47, 0.81, -0.38, -0.47, -0.81, -0.38};
  for (const double cutoff : {1e3, 1e9, 1e10, 1e18, 1e19, 1e20, 1e100, 1e160, 1e308, HUGE_VAL}) {
    EXPECT_EQ(radius_graph(planar, cutoff).sender.size(), 6U) << cutoff;
    EXPECT_EQ(radius_graph(linear, cutoff).sender.size(), 6U) << cutoff;
    EXPECT_EQ(radius_graph(solid, cutoff).sender.size(), 12U) << cutoff;
  }
  EXPECT_EQ(radius_graph(std::vector<double>{1, 1, 1, 1, 1, 1}, 1e-300).sender.size(), 2U);
}

TEST(RadiusGraph, CountsThatCannotBeHeldAreRefused) {
  const Cell cube = cell_of({{{3, 0, 0}, {0, 3, 0}, {0, 0, 3}}}, {true, true, true});
  Cell wire = cube;
  wire.periodic = {true, false, false};
  const std::vector<double> pair{0, 0, 0, 1, 1, 1};
  for (const double cutoff : {1e4, 1e10, 1e20, 1e100, 1e308})
    EXPECT_THROW(radius_graph(pair, cutoff, cube), Error) << cutoff;
  for (const double cutoff : {1e9, 1e20, 1e100}) EXPECT_THROW(radius_graph(pair, cutoff, wire), Error) << cutoff;
  EXPECT_THROW(radius_graph(pair, HUGE_VAL, cube), Error);
  EXPECT_THROW(radius_graph(random_points(100, 1.0, 5), 10.0, {}, {.max_edges = 1000}), Error);
  EXPECT_EQ(radius_graph(pair, 1e3, wire).sender.size(), 2664U);
}

TEST(RadiusGraph, FlatLatticesAreRefused) {
  EXPECT_THROW(radius_graph({}, 1.0, cell_of({{{1, 0, 0}, {2, 0, 0}, {0, 0, 1}}}, {true, true, true})), Error);
  EXPECT_THROW(radius_graph({}, 1.0, cell_of({{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}}, {true, true, true})), Error);
  EXPECT_THROW(radius_graph({}, 1.0, cell_of({{{1, 0, 0}, kZero, {0, 0, 1}}}, {true, true, false})), Error);
  EXPECT_THROW(radius_graph({}, 1.0, cell_of({{{1, 0, 0}, {0, INFINITY, 0}, {0, 0, 1}}}, {true, true, true})), Error);
  EXPECT_THROW(radius_graph(std::vector<double>{1e19, 0, 0}, 1.0, kTriclinic), Error);
}

TEST(RadiusGraph, VerySkewCellsAreTheirUprightLattice) {
  const Cell upright = cell_of({{{3, 0, 0}, {0, 3, 0}, {0, 0, 3}}}, {true, true, true});
  const auto points = random_points(20, 4.0, 6);
  for (const double k : {1.0, 10.0, 1e4, 1e6}) {
    const Cell skew = cell_of({{{3, 0, 0}, {3 * k, 3, 0}, {3 * k, -3 * k, 3}}}, {true, true, true});
    const auto list = radius_graph(points, 3.5, skew, {.with_vectors = true});
    EXPECT_EQ(list.sender, radius_graph(points, 3.5, upright).sender) << k;
    for (const Vec3& v : list.vector) EXPECT_LT(dot(v, v), 3.5 * 3.5);
  }
}

/// One random structure: lattice of any shape and periodicity, any unit, any cutoff, positions in and far out of the
/// cell, planes, lines and single points among them.
struct Case {
  std::vector<double> points;
  double cutoff = 1.0;
  std::optional<Cell> cell;
};

Case random_case(std::mt19937_64& engine) {
  const auto uniform = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine);
  };
  const auto one_of = [&](std::initializer_list<double> list) { return list.begin()[engine() % list.size()]; };
  const double unit = one_of({1e-10, 1.0, 1.0, 1e11, 1e-40});
  Case made;
  const int n = static_cast<int>(engine() % 7);
  const double spread = one_of({0.5, 3.0, 3.0, 30.0});
  const Vec3 extent{one_of({0.0, 1.0, 1.0}), one_of({0.0, 1.0, 1.0}), one_of({0.0, 1.0, 1.0})};
  for (int i = 0; i < n; ++i)
    for (int c = 0; c < 3; ++c) made.points.push_back(unit * extent[c] * spread * uniform(-1, 1));
  if (n > 2 && engine() % 8 == 0) std::copy_n(made.points.begin(), 3, made.points.begin() + 3);
  made.cutoff = unit * one_of({0.3, 1.0, 2.5, 5.0});
  if (engine() % 6 == 0) {
    made.cutoff = unit * one_of({1e4, 1e9, 1e20, 1e200});
    return made;
  }
  Cell cell;
  const double size = one_of({0.8, 3.0, 3.0, 12.0});
  const double skew = one_of({0.0, 0.5, 1.5, 4.0});
  for (int k = 0; k < 3; ++k) {
    cell.periodic[k] = engine() % 3 != 0;
    for (int c = 0; c < 3; ++c) cell.vectors[k][c] = unit * size * (skew * uniform(-1, 1) + (c == k ? 1.0 : 0.0));
    if (!cell.periodic[k] && engine() % 2 == 0) cell.vectors[k] = kZero;
  }
  made.cell = cell;
  return made;
}

TEST(RadiusGraph, EqualsAllPairsOnRandomStructures) {
  std::mt19937_64 engine(20);
  int compared = 0;
  std::size_t edges = 0;
  for (int trial = 0; trial < 6000; ++trial) {
    const Case c = random_case(engine);
    NeighbourList expected;
    RadiusOptions options{.inclusive = trial % 2 == 0, .with_vectors = true, .max_edges = 20000};
    if (trial % 5 == 0) options.max_neighbours = 1 + trial % 7;
    try {
      expected = radius_graph_reference(c.points, c.cutoff, c.cell, options);
    } catch (const Error&) {
      continue;  // flat lattices, and thin ones with too many images to compare
    }
    const auto list = radius_graph(c.points, c.cutoff, c.cell, options);
    expect_same(list, expected);
    EXPECT_EQ(list.vector, expected.vector);
    ASSERT_FALSE(HasFailure()) << "trial " << trial;
    ++compared;
    edges += list.sender.size();
  }
  EXPECT_GT(compared, 5000);
  EXPECT_GT(edges, 100000U);
}

TEST(RadiusGraph, InclusiveTakesTheCutoffItself) {
  const std::vector<double> pair{0, 0, 0, 3, 0, 0};
  EXPECT_EQ(radius_graph(pair, 3.0).sender.size(), 0U);
  EXPECT_EQ(radius_graph(pair, 3.0, {}, {.inclusive = true}).sender.size(), 2U);
}

TEST(RadiusGraph, KeepsTheNearestWithTiesByIndex) {
  const std::vector<double> line{0, 0, 0, 1, 0, 0, -1, 0, 0, 0.5, 0, 0};
  const auto list = radius_graph(line, 2.5, {}, {.max_neighbours = 2});
  EXPECT_EQ(list.receiver, (std::vector<std::int64_t>{0, 0, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(list.sender, (std::vector<std::int64_t>{1, 3, 0, 3, 0, 3, 0, 1}));
}

TEST(RadiusGraph, LargeStructuresAreLinearAndTheSameOnAnyThread) {
  const auto points = random_points(4000, 20.0, 7);
  const Cell box = cell_of({{{40, 0, 0}, {0, 40, 0}, {0, 0, 40}}}, {true, true, true});
  expect_same(radius_graph(points, 3.0), radius_graph_reference(points, 3.0));
  auto far = points;
  far.insert(far.end(), {1e7, 1e7, 1e7, -1e18, 0, 0});
  EXPECT_EQ(radius_graph(far, 3.0).sender, radius_graph(points, 3.0).sender);
  // A vacuum of any size costs nothing: only bins that hold atoms exist.
  Cell vacuum = box;
  for (auto& vector : vacuum.vectors)
    for (double& x : vector) x *= 1e8;
  EXPECT_EQ(radius_graph(points, 3.0, vacuum).sender, radius_graph(points, 3.0).sender);
}

TEST(FullyConnected, OrderIsReceiverThenSender) {
  const auto list = fully_connected(3);
  EXPECT_EQ(list.receiver, (std::vector<std::int64_t>{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(list.sender, (std::vector<std::int64_t>{1, 2, 0, 2, 0, 1}));
}

TEST(NearestNeighbours, PicksTheNearest) {
  const auto list = nearest_neighbours(std::vector<double>{0, 0, 0, 1, 0, 0, 3, 0, 0, 3.5, 0, 0}, 1);
  EXPECT_EQ(list.sender, (std::vector<std::int64_t>{1, 0, 3, 2}));
}

}  // namespace
}  // namespace coset::neighbour
