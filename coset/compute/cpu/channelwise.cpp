#include "coset/compute/cpu/channelwise.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/cpu/channelwise_pattern.h"
#include "coset/compute/cpu/edge_runs.h"
#include "coset/compute/cpu/row_kernels.h"
#include "coset/compute/parallel.h"

namespace coset::compute {

namespace {

constexpr auto no_finish = [] {};
constexpr std::int64_t kMostTasks = 512;
constexpr std::int64_t kHalves = 2;  // of the receivers, summed apart for the features' gradients

std::int64_t task_count(std::int64_t edges) {
  return std::clamp<std::int64_t>(edges / 128, 1, kMostTasks);
}

}  // namespace

bool ChannelwiseKernel::fits(const rep::TensorProductPlan& plan) {
  if (plan.paths.empty() || plan.in2.dim() > kMostAttributes) return false;
  return std::all_of(plan.paths.begin(), plan.paths.end(), [](const rep::TensorProductPath& path) {
    return path.instruction.mode == rep::ConnectionMode::uvu && path.instruction.has_weight && path.mul2 == 1;
  });
}

ChannelwiseKernel::Rows::Rows(const rep::Irreps& irreps) {
  for (const auto& block : irreps) {
    mul.push_back(block.mul);
    dim.push_back(block.irrep.dim());
    offset.push_back(size);
    column.push_back(public_size);
    size += padded(block.mul) * block.irrep.dim();
    public_size += block.dim();
    unpadded = unpadded && padded(block.mul) == block.mul;
  }
}

template <class T>
void ChannelwiseKernel::Rows::load(std::int64_t rows, const T* from, Layout layout, T* to) const {
  for (std::size_t b = 0; b < mul.size(); ++b)
    row_kernels<T>().load_block(rows, mul[b], dim[b], from + column[b], public_size, layout == Layout::ir_mul,
                                to + offset[b], size, padded(mul[b]));
}

template <class T>
void ChannelwiseKernel::Rows::store(std::int64_t rows, const T* from, Layout layout, bool accumulate, T* to) const {
  for (std::size_t b = 0; b < mul.size(); ++b)
    row_kernels<T>().store_block(rows, mul[b], dim[b], from + offset[b], size, padded(mul[b]), layout == Layout::ir_mul,
                                 to + column[b], public_size, accumulate);
}

ChannelwiseKernel::ChannelwiseKernel(const rep::TensorProductPlan& plan)
    : in_(plan.in1), out_(plan.out), y_size_(plan.in2.dim()), w_size_(plan.weight_numel) {
  for (const auto& path : plan.paths) {
    const auto in = static_cast<std::size_t>(path.instruction.in1);
    const auto out = static_cast<std::size_t>(path.instruction.out);
    ChannelwisePath p;
    p.l1 = path.l1;
    p.l2 = path.l2;
    p.l3 = path.l3;
    p.channels = path.mul1;
    p.x_offset = in_.offset[in];
    p.x_component = padded(path.mul1);
    p.z_offset = out_.offset[out];
    p.z_component = padded(path.mul_out);
    p.w_offset = path.weight_offset;
    p.first_pair = pairs_;
    for (int k = 0; k < 2 * p.l3 + 1; ++k)
      for (int i = 0; i < 2 * p.l1 + 1; ++i)
        if (pair_possible(p.l1, p.l2, p.l3, k, i)) p.pairs.push_back({k, i});
    for (const auto& c : path.coupling) {
      COSET_ASSERT(pair_possible(p.l1, p.l2, p.l3, c.k, c.i));
      triples_.push_back({static_cast<std::int32_t>(pairs_) + pair_number(p.l1, p.l2, p.l3, c.k, c.i),
                          static_cast<std::int32_t>(path.offset2) + c.j, path.coefficient * c.value});
    }
    pairs_ += static_cast<std::int64_t>(p.pairs.size());
    paths_.push_back(std::move(p));
  }
  std::stable_sort(triples_.begin(), triples_.end(), [](const auto& a, const auto& b) { return a.pair < b.pair; });
  by_column_ = triples_;
  std::stable_sort(by_column_.begin(), by_column_.end(),
                   [](const auto& a, const auto& b) { return a.column < b.column; });
}

/// The public rows themselves where they already are channel rows, else a copy.
template <class T>
const T* ChannelwiseKernel::channel_rows(ScratchFrame& frame, const Rows& layout_of, std::int64_t rows, const T* from,
                                         Layout layout) const {
  if (layout == Layout::ir_mul && layout_of.unpadded) return from;
  T* to = frame.take<T>(rows * layout_of.size);
  parallel_ranges(
      rows, 64, ItemCost{0.2 * static_cast<double>(layout_of.size)}, [&](std::int64_t begin, std::int64_t end) {
        if (!layout_of.unpadded) std::fill_n(to + begin * layout_of.size, (end - begin) * layout_of.size, T(0));
        layout_of.load(end - begin, from + begin * layout_of.public_size, layout, to + begin * layout_of.size);
      });
  return to;
}

/// M of a run of edges, and that of the tangents in the second order.
template <class T>
struct ChannelwiseKernel::Matrices {
  const ChannelwiseKernel& kernel;
  const T* y;
  const T* hy;
  T* m;
  T* hm;

  Matrices(ScratchFrame& frame, const ChannelwiseKernel& k, const Operands<T>& in, const Operands<T>* h)
      : kernel(k),
        y(in.y),
        hy(h ? h->y : nullptr),
        m(frame.take<T>(k.pairs_ * kPairColumns)),
        hm(h ? frame.take<T>(k.pairs_ * kPairColumns) : nullptr) {}

  /// Edges first .. first + count - 1, or, with `order`, those it lists there.
  void fill(std::int64_t first, std::int64_t count, const std::int64_t* order = nullptr) const {
    const std::int64_t* index = order ? order + first : nullptr;
    const std::int64_t start = order ? 0 : first * kernel.y_size_;
    pair_columns<T>(kernel.triples_, kernel.pairs_, count, y + start, kernel.y_size_, index, m);
    if (hm) pair_columns<T>(kernel.triples_, kernel.pairs_, count, hy + start, kernel.y_size_, index, hm);
  }
};

/// Of one task: eight multiply-adds a nanosecond.
ItemCost ChannelwiseKernel::task_cost(std::int64_t edges, std::int64_t tasks, double passes) const {
  double products = 10.0;
  for (const ChannelwisePath& path : paths_) products += static_cast<double>(path.channels * std::ssize(path.pairs));
  return {passes * 0.125 * products * static_cast<double>(edges) /
          static_cast<double>(std::max<std::int64_t>(tasks, 1))};
}

template <class T>
void ChannelwiseKernel::forward(const EdgeIndex& edges, const Operands<T>& in, const Operands<T>* h, T* z,
                                const ConvOptions& options, bool accumulate) const {
  const Layout layout = options.layout;
  const std::int64_t w_row = weight_row(options);
  ScratchFrame outer;
  const T* x = channel_rows(outer, in_, edges.senders, in.x, layout);
  const T* hx = h ? channel_rows(outer, in_, edges.senders, h->x, layout) : nullptr;
  const bool in_place = layout == Layout::ir_mul && out_.unpadded;
  const std::int64_t tasks = task_count(edges.edges);
  parallel_blocks(tasks, task_cost(edges.edges, tasks, h ? 3.0 : 1.0), [&](std::int64_t task) {
    ScratchFrame frame;
    const Matrices<T> matrices(frame, *this, in, h);
    T* row = frame.take<T>(out_.size);
    const NodeRange range = task_nodes(edges.receiver_start, edges.receivers, task, tasks);
    auto fill = [&](std::int64_t edge, std::int64_t count) { matrices.fill(edge, count); };
    auto run = [&](std::int64_t node, std::int64_t edge, std::int64_t count, std::int64_t column, bool started) {
      T* to = in_place ? z + node * out_.size : row;
      if (!started && (!accumulate || !in_place)) std::fill_n(to, out_.size, T(0));
      ChannelwiseForward<T> call{count, edges.sender + edge, x,  in_.size, in.w + edge * w_row,
                                 w_row, matrices.m + column, to, true,     {}};
      if (h) call.h = {hx, matrices.hm + column, h->w + edge * w_row};
      if (count > 0)
        for (const ChannelwisePath& path : paths_) channelwise_kernels<T>().forward(path, call);
      if (!in_place && edge + count == edges.receiver_start[node + 1])
        out_.store(1, row, layout, accumulate, z + node * out_.public_size);
    };
    for_runs(edges.receiver_start, range, fill, run, no_finish);
  });
}

template <class T>
struct ChannelwiseKernel::BackwardCall {
  const EdgeIndex& edges;
  const Operands<T>& in;
  const Operands<T>* h;
  const Gradients<T>& out;
  const T* x;
  const T* hx;
  const T* gz;
  T* gx;  ///< channel rows of all senders; null: not wanted, or not wanted here
  T* gw;  ///< likewise
  T* gy;
  bool clear_x;  ///< gx holds nothing yet
  std::int64_t w_row;
  const ChannelwiseKernel& kernel;

  /// Edge e into `node`, in column `column` of the matrices.
  ChannelwiseBackward<T> edge(std::int64_t node, std::int64_t e, const Matrices<T>& matrices,
                              std::int64_t column) const {
    const std::int64_t j = edges.sender[e];
    ChannelwiseBackward<T> one;
    one.x = x + j * kernel.in_.size;
    one.w = in.w + e * w_row;
    one.m = matrices.m + column;
    if (h) one.h = {hx + j * kernel.in_.size, matrices.hm + column, h->w + e * w_row};
    one.gz = gz + node * kernel.out_.size;
    one.gx = gx ? gx + j * kernel.in_.size : nullptr;
    one.gw = gw ? gw + e * kernel.w_size_ : nullptr;
    one.accumulate_w = out.add_w;
    return one;
  }
};

/// Every gradient that is wanted, edges into a range of receivers in order.
template <class T>
void ChannelwiseKernel::receivers_backward(const BackwardCall<T>& call, NodeRange range) const {
  const EdgeIndex& edges = call.edges;
  const ChannelwiseKernels<T>& kernels = channelwise_kernels<T>();
  ScratchFrame frame;
  const Matrices<T> matrices(frame, *this, call.in, call.h);
  T* gm = frame.take<T>(pairs_ * kLanePadding);
  std::fill_n(gm, pairs_ * kLanePadding, T(0));
  auto fill = [&](std::int64_t edge, std::int64_t count) { matrices.fill(edge, count); };
  auto run = [&](std::int64_t node, std::int64_t first, std::int64_t count, std::int64_t column, bool) {
    for (std::int64_t e = first; e < first + count; ++e) {
      ChannelwiseBackward<T> one = call.edge(node, e, matrices, column + (e - first));
      one.gm = gm;
      const auto kernel = !call.gy ? kernels.backward : one.gx || one.gw ? kernels.backward_whole : kernels.backward_m;
      for (const ChannelwisePath& path : paths_) kernel(path, one);
      if (call.gy) kernels.reduce_y(by_column_, y_size_, gm, call.gy + e * y_size_, call.out.add_y);
    }
  };
  for_runs(edges.receiver_start, range, fill, run, no_finish);
}

/// One or two threads: each half of the receivers adds to features' gradients of its own; then the halves are added.
template <class T>
void ChannelwiseKernel::halves_backward(BackwardCall<T> call) const {
  const EdgeIndex& edges = call.edges;
  const std::int64_t size = edges.senders * in_.size;
  ScratchFrame frame;
  T* const first = call.gx;
  T* const second = frame.take<T>(size);
  parallel_blocks(kHalves, task_cost(edges.edges, kHalves, call.h ? 9.0 : 3.0), [&](std::int64_t half) {
    BackwardCall<T> own = call;
    own.gx = half == 0 ? first : second;
    if (half > 0 || call.clear_x) std::fill_n(own.gx, size, T(0));
    receivers_backward(own, task_nodes(edges.receiver_start, edges.receivers, half, kHalves));
  });
  parallel_ranges(edges.senders, 64, ItemCost{0.1 * static_cast<double>(in_.size)},
                  [&](std::int64_t begin, std::int64_t end) {
                    row_kernels<T>().add((end - begin) * in_.size, second + begin * in_.size, first + begin * in_.size);
                  });
}

/// More threads: the features' gradients sender by sender, the same two sums in the same order.
template <class T>
void ChannelwiseKernel::senders_backward(const BackwardCall<T>& call) const {
  const EdgeIndex& edges = call.edges;
  const ChannelwiseKernels<T>& kernels = channelwise_kernels<T>();
  const std::int64_t tasks = task_count(edges.edges);
  const std::int64_t border = edges.receiver_start[task_nodes(edges.receiver_start, edges.receivers, 0, kHalves).end];
  parallel_blocks(tasks, [&](std::int64_t task) {
    ScratchFrame frame;
    const Matrices<T> matrices(frame, *this, call.in, call.h);
    T* second = frame.take<T>(in_.size);
    auto fill = [&](std::int64_t place, std::int64_t count) { matrices.fill(place, count, edges.by_sender_edge); };
    auto run = [&](std::int64_t node, std::int64_t first, std::int64_t count, std::int64_t column, bool started) {
      T* const row = call.gx + node * in_.size;
      if (!started) {
        std::fill_n(second, in_.size, T(0));
        if (call.clear_x) std::fill_n(row, in_.size, T(0));
      }
      for (std::int64_t p = first; p < first + count; ++p) {
        const std::int64_t e = edges.by_sender_edge[p];
        ChannelwiseBackward<T> one = call.edge(edges.receiver[e], e, matrices, column + (p - first));
        one.gw = nullptr;
        one.gx = e < border ? row : second;
        for (const ChannelwisePath& path : paths_) kernels.backward(path, one);
      }
      if (first + count == edges.by_sender_start[node + 1]) row_kernels<T>().add(in_.size, second, row);
    };
    for_runs(edges.by_sender_start, task_nodes(edges.by_sender_start, edges.senders, task, tasks), fill, run,
             no_finish);
  });
}

template <class T>
void ChannelwiseKernel::backward(const EdgeIndex& edges, const Operands<T>& in, const Operands<T>* h, const T* gz,
                                 const Gradients<T>& out, const ConvOptions& options) const {
  const Layout layout = options.layout;
  check(!out.x || (edges.by_sender_start && edges.by_sender_edge && edges.receiver),
        "[compute::TensorProductConv] expected edges grouped by sender for the gradient of features; received none");
  ScratchFrame frame;
  const bool in_place = layout == Layout::ir_mul && in_.unpadded;
  T* gx = !out.x ? nullptr : in_place ? out.x : frame.take<T>(edges.senders * in_.size);
  BackwardCall<T> call{edges,
                       in,
                       h,
                       out,
                       channel_rows(frame, in_, edges.senders, in.x, layout),
                       h ? channel_rows(frame, in_, edges.senders, h->x, layout) : nullptr,
                       channel_rows(frame, out_, edges.receivers, gz, layout),
                       gx,
                       out.w,
                       out.y,
                       !(in_place && out.add_x),
                       weight_row(options),
                       *this};
  if (gx && num_threads() <= kHalves) {
    halves_backward(call);
  } else {
    if (gx) senders_backward(call);
    call.gx = nullptr;
    const std::int64_t tasks = call.gw || call.gy ? task_count(edges.edges) : 0;
    parallel_blocks(tasks, [&](std::int64_t task) {
      receivers_backward(call, task_nodes(edges.receiver_start, edges.receivers, task, tasks));
    });
  }
  if (!gx || in_place) return;
  parallel_ranges(edges.senders, 64, ItemCost{0.2 * static_cast<double>(in_.size)},
                  [&](std::int64_t begin, std::int64_t end) {
                    in_.store(end - begin, gx + begin * in_.size, layout, out.add_x, out.x + begin * in_.public_size);
                  });
}

#define COSET_INSTANTIATE(T)                                                                                       \
  template void ChannelwiseKernel::forward<T>(const EdgeIndex&, const Operands<T>&, const Operands<T>*, T*,        \
                                              const ConvOptions&, bool) const;                                     \
  template void ChannelwiseKernel::backward<T>(const EdgeIndex&, const Operands<T>&, const Operands<T>*, const T*, \
                                               const Gradients<T>&, const ConvOptions&) const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
