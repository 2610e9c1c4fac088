#include "coset/ops/edges.h"

#include "coset/base/error.h"
#include "coset/ops/array.h"
#include "coset/ops/operands.h"

namespace coset::ops {

namespace {

std::span<const std::int64_t> view(const Tensor& index) {
  return {index.data_ptr<std::int64_t>(), static_cast<std::size_t>(index.size(0))};
}

}  // namespace

compute::EdgeIndex Edges::index() const {
  for (const Tensor* t : {&row_start, &sender, &receiver, &by_sender_start, &by_sender})
    check_index("ops::Edges", "edges", *t);
  compute::EdgeIndex index;
  index.receivers = index.senders = num_nodes();
  index.edges = num_edges();
  index.receiver_start = row_start.data_ptr<std::int64_t>();
  index.sender = sender.data_ptr<std::int64_t>();
  index.receiver = receiver.data_ptr<std::int64_t>();
  index.by_sender_start = by_sender_start.data_ptr<std::int64_t>();
  index.by_sender_edge = by_sender.data_ptr<std::int64_t>();
  return index;
}

Edges make_edges(std::int64_t num_nodes, const Tensor& sender, const Tensor& receiver) {
  check(num_nodes >= 0, "[ops::make_edges] expected num_nodes >= 0; received ", num_nodes);
  check_index("ops::make_edges", "sender", sender);
  check_index("ops::make_edges", "receiver", receiver, sender.size(0));
  const Tensor from = sender.contiguous(), to = receiver.contiguous();
  const auto by_receiver = compute::group_edges(num_nodes, view(to));
  for (std::size_t e = 1; e < by_receiver.edge.size(); ++e)
    check(by_receiver.edge[e - 1] < by_receiver.edge[e], "[ops::make_edges] expected edges sorted by receiver");
  const auto by_sender = compute::group_edges(num_nodes, view(from));
  return {index_tensor(by_receiver.start), from, to, index_tensor(by_sender.start), index_tensor(by_sender.edge)};
}

}  // namespace coset::ops
