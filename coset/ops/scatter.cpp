#include "coset/ops/scatter.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/scatter.h"
#include "coset/ops/array.h"
#include "coset/ops/operands.h"
#include "coset/ops/operation.h"

namespace coset::ops {

namespace {

/// out[e] = rows[index[e]]
struct Gather : KernelOperation<Gather, Operation::Second::linear> {
  static constexpr const char* kName = "ops::gather";
  Gather(Tensor places, std::int64_t rows) : index(std::move(places)), num_rows(rows) {}

  Shape output_shape(const Tensors& in) const { return {index.size(0), in[0].size(1)}; }

  template <class T>
  void value(const Tensors& in, T* out, T*) const {
    compute::gather_rows<T>(index.size(0), in[0].size(1), pointer<std::int64_t>(index), pointer<T>(in[0]), out);
  }
  OperationPtr adjoint() const;

  Tensor index;
  std::int64_t num_rows;
};

/// `order` (E) lists the rows of each segment; empty: they lie in order already.
struct SegmentSum : KernelOperation<SegmentSum, Operation::Second::linear> {
  static constexpr const char* kName = "ops::segment_sum";
  SegmentSum(Tensor start, Tensor in_order) : row_start(std::move(start)), order(std::move(in_order)) {}

  Shape output_shape(const Tensors& in) const { return {row_start.size(0) - 1, in[0].size(1)}; }

  template <class T>
  void value(const Tensors& in, T* out, T*) const {
    compute::segment_sum<T>(row_start.size(0) - 1, in[0].size(1), pointer<std::int64_t>(row_start),
                            pointer<std::int64_t>(order), pointer<T>(in[0]), out);
  }
  /// Every row takes its segment's.
  OperationPtr adjoint() const {
    Tensor segment = at::repeat_interleave(row_start.slice(0, 1) - row_start.slice(0, 0, -1));
    if (order.numel() > 0) segment = at::empty_like(segment).index_copy_(0, order, segment);
    return c10::make_intrusive<Gather>(segment, row_start.size(0) - 1);
  }

  Tensor row_start, order;
};

OperationPtr Gather::adjoint() const {
  const auto groups =
      compute::group_edges(num_rows, {index.data_ptr<std::int64_t>(), static_cast<std::size_t>(index.size(0))});
  return c10::make_intrusive<SegmentSum>(index_tensor(groups.start), index_tensor(groups.edge));
}

}  // namespace

Tensor segment_sum(const Tensor& rows, const Tensor& row_start) {
  check_operands(SegmentSum::kName, {{"rows", rows, {kAny, kAny}}});
  check_index(SegmentSum::kName, "row_start", row_start);
  const Tensor start = row_start.contiguous();
  const std::int64_t count = start.size(0);
  const auto* at_row = start.data_ptr<std::int64_t>();
  check(count >= 1 && at_row[0] == 0 && at_row[count - 1] == rows.size(0) && std::is_sorted(at_row, at_row + count),
        "[ops::segment_sum] expected row_start to ascend from 0 to ", rows.size(0), "; received ", count,
        " entries that do not");
  return differentiable(c10::make_intrusive<SegmentSum>(start, at::empty({0}, at::kLong)), {dense(rows)});
}

Tensor gather(const Tensor& rows, const Tensor& index) {
  check_operands(Gather::kName, {{"rows", rows, {kAny, kAny}}});
  check_index(Gather::kName, "index", index);
  const Tensor places = index.contiguous();
  const auto* place = places.data_ptr<std::int64_t>();
  const auto* const end = place + places.size(0);
  const auto* const bad = std::find_if(place, end, [n = rows.size(0)](std::int64_t i) { return i < 0 || i >= n; });
  check(bad == end, "[ops::gather] expected indices 0 .. ", rows.size(0) - 1, "; received ", bad == end ? 0 : *bad);
  return differentiable(c10::make_intrusive<Gather>(places, rows.size(0)), {dense(rows)});
}

}  // namespace coset::ops
