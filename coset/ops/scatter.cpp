#include "coset/ops/scatter.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/scatter.h"

namespace coset::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Receiver of each edge, from the compressed rows.
Tensor expand_rows(const Tensor& row_start) {
  const Tensor counts = row_start.slice(0, 1) - row_start.slice(0, 0, -1);
  return at::repeat_interleave(counts);
}

struct Gather : torch::autograd::Function<Gather> {
  static Tensor forward(AutogradContext* ctx, const Tensor& rows, const Tensor& index) {
    Tensor out = at::empty({index.size(0), rows.size(1)}, rows.options());
    AT_DISPATCH_FLOATING_TYPES(rows.scalar_type(), "gather", [&] {
      compute::gather_rows<scalar_t>(index.size(0), rows.size(1), index.data_ptr<std::int64_t>(),
                                     rows.data_ptr<scalar_t>(), out.data_ptr<scalar_t>());
    });
    ctx->save_for_backward({index});
    ctx->saved_data["rows"] = rows.size(0);
    return out;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads);
};

/// `order` (E) lists the rows of each segment; empty: they lie in order already.
struct SegmentSum : torch::autograd::Function<SegmentSum> {
  static Tensor forward(AutogradContext* ctx, const Tensor& rows, const Tensor& row_start, const Tensor& order) {
    const std::int64_t segments = row_start.size(0) - 1;
    Tensor out = at::empty({segments, rows.size(1)}, rows.options());
    AT_DISPATCH_FLOATING_TYPES(rows.scalar_type(), "segment_sum", [&] {
      compute::segment_sum<scalar_t>(segments, rows.size(1), row_start.data_ptr<std::int64_t>(),
                                     order.numel() > 0 ? order.data_ptr<std::int64_t>() : nullptr,
                                     rows.data_ptr<scalar_t>(), out.data_ptr<scalar_t>());
    });
    ctx->save_for_backward({row_start, order});
    return out;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    Tensor segment = expand_rows(saved[0]);
    if (saved[1].numel() > 0) segment = at::empty_like(segment).index_copy_(0, saved[1], segment);
    return {gather(grads[0], segment), Tensor(), Tensor()};
  }
};

variable_list Gather::backward(AutogradContext* ctx, variable_list grads) {
  const Tensor index = ctx->get_saved_variables()[0];
  const auto groups = compute::group_edges(ctx->saved_data["rows"].toInt(),
                                           {index.data_ptr<std::int64_t>(), static_cast<std::size_t>(index.size(0))});
  const auto tensor = [](const std::vector<std::int64_t>& v) { return torch::tensor(at::IntArrayRef(v), at::kLong); };
  return {SegmentSum::apply(grads[0].contiguous(), tensor(groups.start), tensor(groups.edge)), Tensor()};
}

}  // namespace

Tensor segment_sum(const Tensor& rows, const Tensor& row_start) {
  check(rows.dim() == 2 && row_start.dim() == 1 && row_start.size(0) >= 1 && row_start.scalar_type() == at::kLong &&
            row_start[-1].item<std::int64_t>() == rows.size(0),
        "[ops::segment_sum] expected rows (E, D) and int64 row_start (N+1) that ends in E; received ",
        shape_text(rows.sizes()), ", ", shape_text(row_start.sizes()));
  const Tensor start = row_start.contiguous();
  const auto* at_row = start.data_ptr<std::int64_t>();
  check(at_row[0] == 0 && std::is_sorted(at_row, at_row + start.size(0)),
        "[ops::segment_sum] expected row_start to ascend from 0");
  return SegmentSum::apply(rows.contiguous(), start, at::empty({0}, at::kLong));
}

Tensor gather(const Tensor& rows, const Tensor& index) {
  check(rows.dim() == 2 && index.dim() == 1 && index.scalar_type() == at::kLong,
        "[ops::gather] expected rows (N, D) and int64 index (E); received ", shape_text(rows.sizes()), ", ",
        shape_text(index.sizes()));
  const Tensor places = index.contiguous();
  const auto* place = places.data_ptr<std::int64_t>();
  const auto bad =
      std::find_if(place, place + places.size(0), [n = rows.size(0)](std::int64_t i) { return i < 0 || i >= n; });
  check(bad == place + places.size(0), "[ops::gather] expected indices 0 .. ", rows.size(0) - 1, "; received ",
        bad == place + places.size(0) ? 0 : *bad);
  return Gather::apply(rows.contiguous(), places);
}

}  // namespace coset::ops
