#include "coset/graph/neighbours.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "coset/base/error.h"

namespace coset::graph {
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
}  // namespace coset::graph
