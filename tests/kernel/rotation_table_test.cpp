#include "coset/kernel/rotation_table.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

#include "coset/io/npz.h"
#include "tests/laws/tolerance.h"

namespace coset::kernel {
namespace {

TEST(RotationTable, EqualsSE2CNN) {
  const auto golden = io::load_npz(COSET_GOLDEN_DIR "/se2cnn.npz");
  for (const auto& [name, n, size, disk] : {std::tuple("rot_k3_N4_disk", 4, 3, true),
                                            {"rot_k3_N4_full", 4, 3, false},
                                            {"rot_k3_N8_disk", 8, 3, true},
                                            {"rot_k3_N8_full", 8, 3, false},
                                            {"rot_k3_N12_full", 12, 3, false},
                                            {"rot_k5_N8_disk", 8, 5, true},
                                            {"rot_k5_N8_full", 8, 5, false},
                                            {"rot_k5_N16_disk", 16, 5, true},
                                            {"rot_k7_N8_disk", 8, 7, true}})
    EXPECT_LE(laws::distance(rotation_table(group::cyclic_grid(n), size, disk), golden.at(name).as_doubles()),
              laws::kGolden64)
        << name;
}

TEST(RotationTable, RowsPartitionUnityInside) {
  const std::int64_t size = 7, cells = 49;
  const auto table = rotation_table(group::cyclic_grid(16), size, true);
  const auto offsets = cell_offsets(2, size);
  for (std::int64_t row = 0; row < 16 * cells; ++row) {
    const auto p = static_cast<std::size_t>(row % cells);
    const double radius = std::hypot(offsets[2 * p], offsets[2 * p + 1]);
    const auto begin = table.begin() + row * cells;
    const double total = std::accumulate(begin, begin + cells, 0.0);
    if (radius <= 3.0) {
      EXPECT_NEAR(total, 1.0, laws::kAlgebra);
    } else if (radius > 3.5) {
      EXPECT_EQ(total, 0.0);
    }
  }
}

std::vector<double> as_matrix(const std::vector<std::int64_t>& table, std::int64_t cells) {
  std::vector<double> matrix(table.size() * static_cast<std::size_t>(cells));
  for (std::size_t row = 0; row < table.size(); ++row)
    matrix[row * static_cast<std::size_t>(cells) + static_cast<std::size_t>(table[row])] = 1.0;
  return matrix;
}

TEST(IndexTable, IsTheInterpolationOfLatticeSymmetries) {
  for (const auto& [text, space] : {std::pair("c4", 2), {"d4", 2}, {"o", 3}, {"oh", 3}, {"flip", 1}, {"flip", 3}})
    for (std::int64_t size : {2, 3, 4, 5}) {
      const auto grid = group::parse_group(text, space);
      EXPECT_EQ(rotation_table(grid, size, false), as_matrix(index_table(grid, size), cell_count(space, size)))
          << text << " " << size;
    }
}

TEST(IndexTable, QuarterTurnIsRot90) {  // out[i][j] = in[j][n-1-i]
  const std::int64_t n = 3;
  const auto table = index_table(group::cyclic_grid(4), n);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      EXPECT_EQ(table[static_cast<std::size_t>(n * n + i * n + j)], j * n + (n - 1 - i));
}

TEST(IndexTable, MirrorExchangesLeftAndRight) {  // element 4 of D4 is F: out[i][j] = in[i][n-1-j]
  const std::int64_t n = 4;
  const auto table = index_table(group::dihedral_grid(4), n);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      EXPECT_EQ(table[static_cast<std::size_t>(4 * n * n + i * n + j)], i * n + (n - 1 - j));
}

TEST(IndexTable, IsAnAction) {  // copy under gh = copy under g of the copy under h
  const auto grid = group::parse_group("oh");
  const std::int64_t cells = 27;
  const auto table = index_table(grid, 3);
  const auto at = [&](std::int64_t h, std::int64_t p) { return table[static_cast<std::size_t>(h * cells + p)]; };
  for (std::int64_t g = 0; g < 48; ++g)
    for (std::int64_t h = 0; h < 48; ++h)
      for (std::int64_t p = 0; p < cells; ++p) ASSERT_EQ(at(grid.multiply(g, h), p), at(h, at(g, p)));
}

TEST(RingTable, QuarterTurnsAreExactAndEighthsCompose) {
  const auto c8 = group::cyclic_grid(8);
  const auto ring = ring_table(c8, 3), quarter = index_table(group::cyclic_grid(4), 3);
  for (std::int64_t r = 0; r < 4; ++r)
    for (std::int64_t p = 0; p < 9; ++p)
      EXPECT_EQ(ring[static_cast<std::size_t>(18 * r + p)], quarter[static_cast<std::size_t>(9 * r + p)]);
  for (std::int64_t r = 0; r < 7; ++r)
    for (std::int64_t p = 0; p < 9; ++p)
      EXPECT_EQ(ring[static_cast<std::size_t>(9 * (r + 1) + p)],
                ring[static_cast<std::size_t>(9 * r + ring[static_cast<std::size_t>(9 + p)])]);
  // Zhou et al. 2017, cells numbered from 1 row by row: where each of them comes from after an eighth and a quarter
  // turn
  const auto copy = [&](std::int64_t r) {
    std::vector<std::int64_t> cells(ring.begin() + 9 * r, ring.begin() + 9 * (r + 1));
    for (std::int64_t& cell : cells) ++cell;
    return cells;
  };
  EXPECT_EQ(copy(1), (std::vector<std::int64_t>{2, 3, 6, 1, 5, 9, 4, 7, 8}));
  EXPECT_EQ(copy(2), (std::vector<std::int64_t>{3, 6, 9, 2, 5, 8, 1, 4, 7}));
  EXPECT_THROW(ring_table(c8, 5), Error);
  EXPECT_THROW(ring_table(group::dihedral_grid(4), 3), Error);
}

TEST(IndexTable, RefusesElementsOffTheLattice) {
  EXPECT_THROW(index_table(group::cyclic_grid(8), 3), Error);
}

}  // namespace
}  // namespace coset::kernel
