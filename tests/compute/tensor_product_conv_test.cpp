#include "coset/compute/tensor_product_conv.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/compute/scatter.h"
#include "coset/compute/tensor_product.h"
#include "tests/compute/numeric.h"

namespace coset::compute {
namespace {

using rep::Irreps;
using tests::random_values;
using Values = std::vector<double>;

/// Two senders, three receivers of which the middle one is isolated, four edges.
struct SmallGraph {
  std::vector<std::int64_t> receiver_start{0, 3, 3, 4};
  std::vector<std::int64_t> sender{1, 0, 1, 1};
  std::vector<std::int64_t> receiver{0, 0, 0, 2};
  EdgeGroups by_sender = group_edges(2, sender);

  EdgeIndex index() const {
    return {
        3, 2, 4, receiver_start.data(), sender.data(), by_sender.start.data(), by_sender.edge.data(), receiver.data()};
  }
};

TEST(TensorProductConv, SumsMessagesOfTheTensorProduct) {
  const auto plan = rep::fully_connected_tensor_product(Irreps("2x0e+3x1o"), Irreps("0e+1o"), Irreps("2x0e+2x1o"));
  const SmallGraph graph;
  const auto x = random_values<double>(2 * plan.in1.dim(), 1);
  const auto y = random_values<double>(4 * plan.in2.dim(), 2);
  const auto w = random_values<double>(4 * plan.weight_numel, 3);
  const auto gz = random_values<double>(3 * plan.out.dim(), 4);
  Values gathered(static_cast<std::size_t>(4 * plan.in1.dim())), messages(static_cast<std::size_t>(4 * plan.out.dim()));
  gather_rows(4, plan.in1.dim(), graph.sender.data(), x.data(), gathered.data());
  const TensorProduct product(plan);
  const Operands<double> rows{gathered.data(), y.data(), w.data()};
  product.forward<double>({4, false}, rows, messages.data());
  Values expected(gz.size()), z(gz.size());
  segment_sum(3, plan.out.dim(), graph.receiver_start.data(), nullptr, messages.data(), expected.data());
  const TensorProductConv conv(plan);
  const Operands<double> in{x.data(), y.data(), w.data()};
  conv.forward(graph.index(), in, z.data());
  EXPECT_LT(laws::distance(z, expected), laws::kAlgebra);

  Values gz_edges(messages.size()), gx_edges(gathered.size()), gy(y.size()), gw(w.size()), gx(x.size());
  gather_rows(4, plan.out.dim(), graph.receiver.data(), gz.data(), gz_edges.data());
  product.backward<double>({4, false}, rows, gz_edges.data(), {gx_edges.data(), gy.data(), gw.data()});
  segment_sum(2, plan.in1.dim(), graph.by_sender.start.data(), graph.by_sender.edge.data(), gx_edges.data(), gx.data());
  Values conv_gx(x.size()), conv_gy(y.size()), conv_gw(w.size());
  conv.backward(graph.index(), in, gz.data(), {conv_gx.data(), conv_gy.data(), conv_gw.data()});
  EXPECT_LT(laws::distance(conv_gx, gx), laws::kAlgebra);
  EXPECT_LT(laws::distance(conv_gy, gy), laws::kAlgebra);
  EXPECT_LT(laws::distance(conv_gw, gw), laws::kAlgebra);

  SmallGraph other;
  std::swap(other.sender[0], other.sender[1]);
  conv.forward(other.index(), in, z.data());
  EXPECT_GT(laws::distance(z, expected), laws::kAlgebra * laws::kControlFactor) << "edges out of order went unnoticed";
}

TEST(EdgeGroups, AreStableAndChecked) {
  const std::vector<std::int64_t> key{2, 0, 2, 0};
  const auto groups = group_edges(3, key);
  EXPECT_EQ(groups.start, (std::vector<std::int64_t>{0, 2, 2, 4}));
  EXPECT_EQ(groups.edge, (std::vector<std::int64_t>{1, 3, 0, 2}));
  EXPECT_THROW(group_edges(2, key), Error);
}

}  // namespace
}  // namespace coset::compute
