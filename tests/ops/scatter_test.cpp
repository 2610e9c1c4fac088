#include "coset/ops/scatter.h"

#include <gtest/gtest.h>

#include "coset/base/error.h"
#include "coset/ops/edges.h"
#include "coset/verify/gradient_check.h"
#include "tests/laws/tolerance.h"

namespace coset::ops {
namespace {

const Tensor kRows = torch::tensor({0, 2, 2, 5}, at::kLong);  // receiver 1 is isolated
const Tensor kIndex = torch::tensor({2, 0, 0, 1, 2}, at::kLong);

TEST(Scatter, SegmentSumAddsEachSegment) {
  const Tensor rows = torch::arange(10, at::kDouble).view({5, 2});
  const Tensor expected = torch::tensor({2.0, 4.0, 0.0, 0.0, 18.0, 21.0}, at::kDouble).view({3, 2});
  EXPECT_TRUE(at::equal(segment_sum(rows, kRows), expected));
  EXPECT_TRUE(at::equal(gather(rows, kIndex), rows.index_select(0, kIndex)));
}

TEST(Scatter, DerivativesToSecondOrder) {
  at::manual_seed(5);
  const auto message = [](const std::vector<Tensor>& in) {
    return segment_sum(gather(in[0], kIndex).pow(2) * in[1], kRows).pow(2);
  };
  const auto errors =
      verify::gradient_errors(message, {at::randn({3, 2}, at::kDouble), at::randn({5, 2}, at::kDouble)});
  EXPECT_LE(errors.first, laws::kGradient);
  EXPECT_LE(errors.second, laws::kGradient);
}

TEST(Scatter, EmptyAndBadInput) {
  EXPECT_EQ(segment_sum(at::zeros({0, 3}), torch::tensor({0, 0}, at::kLong)).size(0), 1);
  EXPECT_EQ(gather(at::zeros({0, 3}), at::zeros({0}, at::kLong)).size(0), 0);
  EXPECT_THROW(segment_sum(at::zeros({4, 3}), kRows), Error);
  EXPECT_THROW(segment_sum(at::zeros({5, 3}), torch::tensor({0, 7, 2, 5}, at::kLong)), Error);
  EXPECT_THROW(segment_sum(at::zeros({5, 3}), torch::tensor({1, 2, 2, 5}, at::kLong)), Error);
  EXPECT_THROW(gather(at::zeros({3, 2}), torch::tensor({0, 3}, at::kLong)), Error);
  EXPECT_THROW(gather(at::zeros({3, 2}), torch::tensor({-1}, at::kLong)), Error);
}

TEST(Scatter, EdgesMayBeColumnsOfAnotherTensor) {
  const Tensor pairs = torch::tensor({1, 0, 2, 0, 0, 1, 2, 1, 0, 3}, at::kLong).view({5, 2});  // (sender, receiver)
  const Edges strided = make_edges(4, pairs.select(1, 0), pairs.select(1, 1));
  const Edges dense = make_edges(4, pairs.select(1, 0).clone(), pairs.select(1, 1).clone());
  EXPECT_TRUE(at::equal(strided.row_start, dense.row_start));
  EXPECT_TRUE(at::equal(strided.by_sender, dense.by_sender));
  for (std::int64_t e = 0; e < 5; ++e) {
    EXPECT_EQ(strided.index().sender[e], dense.index().sender[e]);
    EXPECT_EQ(strided.index().receiver[e], dense.index().receiver[e]);
  }
}

}  // namespace
}  // namespace coset::ops
