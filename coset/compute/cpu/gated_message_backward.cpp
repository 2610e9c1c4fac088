#include "coset/compute/cpu/gated_message_kernel.h"

namespace coset::compute {

namespace {

/// Sums that tasks build alone and that are added up in order: gradients of weights and biases.
struct SlabPlan {
  std::int64_t first = 0, second = 0, extra = 0, bias1 = 0, bias2 = 0, size = 0;

  explicit SlabPlan(const GatedMessageKernel& k)
      : second(k.first.weights_size),
        extra(second + k.second.weights_size),
        bias1(extra + k.extra_weights_size),
        bias2(bias1 + padded(k.bias1())),
        size(bias2 + padded(k.bias2())) {}
};

/// The sums of one task. The large parts, weights, are overwritten by whoever comes first.
template <class T>
struct Slab {
  T* sums = nullptr;
  bool first_started = false;
  bool second_started = false;

  Slab(const SlabPlan& plan, T* memory) : sums(memory) { std::fill_n(sums + plan.extra, plan.size - plan.extra, T(0)); }
  void finish(const SlabPlan& plan) {
    if (!first_started) std::fill_n(sums + plan.first, plan.second - plan.first, T(0));
    if (!second_started) std::fill_n(sums + plan.second, plan.extra - plan.second, T(0));
  }
};

/// Operands of one backward call.
template <class T>
struct Call {
  const GatedMessageKernel& k;
  const EdgeIndex& edges;
  const GatedMessageInputs<T>& in;
  const GatedMessageGradients<T>& out;
  const T* saved;
  const T* gm;  ///< gradient of the messages' sums
  const GatedMessageWeights<T>& weights;
  const SlabPlan slab;
};

/// What the passes over a range of nodes hand to each other.
template <class T>
struct RangeArrays {
  std::int64_t first = 0;  ///< node of row 0
  bool all_edges;          ///< gz1 holds every edge of the graph, for a pass in sender order; else one chunk
  MixedNodes<T> mixed;     ///< only when attributes want a gradient
  MixedNodes<T> gradient;  ///< of the mixed rows
  T* gm;                   ///< (nodes, message.size): gradient of the messages' sums
  T* gz1;                  ///< (edges, first.out.size)

  RangeArrays(ScratchFrame& frame, const Call<T>& call, std::int64_t nodes, bool all)
      : all_edges(all),
        mixed(frame, call.k, call.out.attributes ? nodes : 0),
        gradient(frame, call.k, nodes),
        gm(frame.take<T>(nodes * call.k.message.size)),
        gz1(frame.take<T>((all ? call.edges.edges : kChunkRows) * call.k.first.out.size)) {}

  void prepare(const Call<T>& call, NodeRange range) {
    const ChannelLayout& message = call.k.message;
    first = mixed.first = gradient.first = range.begin;
    parallel_ranges(range.end - range.begin, kChunkRows, [&](std::int64_t begin, std::int64_t end) {
      std::fill_n(gm + begin * message.size, (end - begin) * message.size, T(0));
      load_part(message, call.k.whole(message), end - begin, call.gm + (range.begin + begin) * message.public_size,
                call.in.layout == Layout::ir_mul, gm + begin * message.size);
    });
    if (call.out.attributes) mix_nodes(call.k, range, call.in, call.weights.first, mixed);
  }
  T* gz1_of(const Call<T>& call, std::int64_t edge) const {
    return gz1 + (all_edges ? edge * call.k.first.out.size : 0);
  }
};

template <class T>
struct BackwardChunk {
  T *extra, *m1, *m2, *hidden, *ghidden, *gmessage, *gz2, *gs, *s, *gm1, *gm2, *gextra;
  MixingScratch<T> scratch;

  BackwardChunk(ScratchFrame& frame, const GatedMessageKernel& k)
      : extra(frame.take<T>(kMixedRows * k.extra.size)),
        m1(frame.take<T>(kPairColumns * k.first.pairs)),
        m2(frame.take<T>(kPairColumns * k.second.pairs)),
        hidden(frame.take<T>(kChunkRows * k.hidden.size)),
        ghidden(frame.take<T>(kChunkRows * k.hidden.size)),
        gmessage(frame.take<T>(kChunkRows * k.message.size)),
        gz2(frame.take<T>(kChunkRows * k.second.out.size)),
        gs(frame.take<T>(kMixedRows * k.first.mix_size + kLanePadding)),
        s(frame.take<T>(kMixedRows * k.first.mix_size + kLanePadding)),
        gm1(frame.take<T>(kChunkRows * k.first.pairs)),
        gm2(frame.take<T>(kChunkRows * k.second.pairs)),
        gextra(frame.take<T>(kMixedRows * k.extra.size)),
        scratch(frame, k.second, true) {
    std::fill_n(extra, kMixedRows * k.extra.size, T(0));
    std::fill_n(gextra, kMixedRows * k.extra.size, T(0));  // what no path reaches stays so
    std::fill_n(hidden, kChunkRows * k.hidden.size, T(0));
    std::fill_n(gz2, kChunkRows * k.second.out.size, T(0));
    std::fill_n(gs, kMixedRows * k.first.mix_size + kLanePadding, T(0));
  }
};

/// gs = what TP1's contraction hands back to the mixed rows.
template <class T>
void contract_back(const GatedMessageKernel& k, std::int64_t rows, const T* m, const T* gz, T* gs) {
  row_kernels<T>().contract(k.first.mix_programs.backward, rows, m, gz, k.first.out.size, gs, k.first.mix_size, false);
}

template <class T>
void add_bias_gradient(const ChannelLayout& layout, std::int64_t rows, const T* gz, T* gbias) {
  const std::int64_t group = layout.find({0, 1});
  if (group < 0) return;
  const ChannelGroup& scalars = layout.groups[static_cast<std::size_t>(group)];
  for (std::int64_t r = 0; r < rows; ++r)
    row_kernels<T>().add(scalars.mul, gz + r * layout.size + scalars.offset, gbias);
}

/// Gradients of the extras and of their rows of w1, from gs.
template <class T>
void extras_backward(const Call<T>& call, BackwardChunk<T>& c, std::int64_t edge, std::int64_t rows, T* gweights) {
  const GatedMessageKernel& k = call.k;
  const RowKernels<T>& kernels = row_kernels<T>();
  const std::int64_t columns = k.extra.public_size;
  if (columns == 0) return;
  load_part(k.extra, k.whole(k.extra), rows, call.in.extra + edge * columns, false, c.extra);
  for (const GatedMessageSplit& split : k.splits) {
    if (split.extras == 0) continue;
    const MixingStack& stack = k.first.mix_stacks[split.stack];
    const ChannelGroup& group = k.extra.groups[static_cast<std::size_t>(split.extra_group)];
    const std::int64_t mul = padded(k.first.in.groups[stack.group].mul);
    const std::int64_t width = padded(stack.width);
    for (std::int64_t i = 0; i < group.dim(); ++i) {
      const T* gs = c.gs + stack.offset + i * stack.stride;
      const std::int64_t column = group.offset + i * group.stride;
      kernels.gemm(split.extras, computed(stack.width), rows, c.extra + column, 1, k.extra.size, gs, k.first.mix_size,
                   gweights + split.extra_weights, width, true);
      if (call.out.extra)
        kernels.gemm(rows, computed(group.mul), stack.width, gs, k.first.mix_size, 1,
                     call.weights.first_transposed + stack.transposed + 2 * split.features, mul, c.gextra + column,
                     k.extra.size, false);
    }
  }
  if (call.out.extra)
    store_part(k.extra, k.whole(k.extra), rows, c.gextra, false, call.out.extra + edge * columns, false);
}

/// Gradient of the attributes through both products.
template <class T>
void attributes_backward(const Call<T>& call, const RangeArrays<T>& arrays, BackwardChunk<T>& c, std::int64_t edge,
                         std::int64_t rows) {
  const GatedMessageKernel& k = call.k;
  const MixingPlan& plan = k.first;
  const T* gz1 = arrays.gz1_of(call, edge);
  std::fill_n(c.gm1, rows * plan.pairs, T(0));
  for_mixed_edges(k, call.edges, edge, rows, call.in, call.weights.first, arrays.mixed, c.extra, c.s,
                  [&](std::int64_t row, std::int64_t some) {
                    row_kernels<T>().pair_dots(plan.mix_programs.dots, some, gz1 + row * plan.out.size, plan.out.size,
                                               c.s, plan.mix_size, c.gm1 + row * plan.pairs, plan.pairs);
                  });
  T* gy = call.out.attributes + edge * plan.y_size;
  std::fill_n(gy, rows * plan.y_size, T(0));
  pair_values_backward(plan, rows, c.gm1, gy);
  pair_values_backward(k.second, rows, c.gm2, gy);
}

/// From the receivers' gradients back to gz1 of one chunk of edges.
template <class T>
void second_backward(const Call<T>& call, const RangeArrays<T>& arrays, BackwardChunk<T>& c, Slab<T>& slab,
                     std::int64_t edge, std::int64_t rows) {
  const GatedMessageKernel& k = call.k;
  const RowKernels<T>& kernels = row_kernels<T>();
  const T* z1 = call.saved + edge * k.first.out.size;
  const T* z2 = call.saved + call.edges.edges * k.first.out.size + edge * k.second.out.size;
  const T* y = call.in.attributes + edge * k.first.y_size;
  T* gz1 = arrays.gz1_of(call, edge);
  for (std::int64_t r = 0; r < rows; ++r)
    std::copy_n(arrays.gm + (call.edges.receiver[edge + r] - arrays.first) * k.message.size, k.message.size,
                c.gmessage + r * k.message.size);
  kernels.gate_backward(k.second_gate, rows, z2, k.second.out.size, c.gmessage, k.message.size, c.gz2);
  kernels.gate(k.first_gate, rows, z1, k.first.out.size, c.hidden, k.hidden.size);
  pair_values(k.first, rows, y, c.m1);
  pair_values(k.second, rows, y, c.m2);
  if (call.out.attributes) std::fill_n(c.gm2, rows * k.second.pairs, T(0));
  const MixingGradients<T> to{c.ghidden, call.out.attributes ? c.gm2 : nullptr, slab.sums + call.slab.second,
                              !slab.second_started};
  slab.second_started = true;
  mix_backward(k.second, rows, call.weights.second, call.weights.second_transposed, c.hidden, c.m2, c.gz2, to,
               c.scratch);
  kernels.gate_backward(k.first_gate, rows, z1, k.first.out.size, c.ghidden, k.hidden.size, gz1);
  add_bias_gradient(k.second.out, rows, c.gz2, slab.sums + call.slab.bias2);
  add_bias_gradient(k.first.out, rows, gz1, slab.sums + call.slab.bias1);
}

/// Everything that runs over the edges into a range of receivers. Where the range is closed, the senders' sums too.
template <class T>
void receivers_backward(const Call<T>& call, const RangeArrays<T>& arrays, BackwardChunk<T>& c, Slab<T>& slab,
                        NodeRange range) {
  const GatedMessageKernel& k = call.k;
  const EdgeIndex& edges = call.edges;
  const std::int64_t width = k.first.mix_size;
  const bool closed = !arrays.all_edges;
  auto row_of = [&](std::int64_t node) { return arrays.gradient.u + (node - arrays.first) * width; };
  auto done = [](std::int64_t, const T*) {};
  ReceiverSum<T, decltype(row_of), decltype(done)> sum(range, width, row_of, done);
  if (closed) std::fill_n(arrays.gradient.v, (range.end - range.begin) * width, T(0));
  const std::int64_t last = edges.receiver_start[range.end];
  for (std::int64_t e = edges.receiver_start[range.begin]; e < last; e += kChunkRows) {
    const std::int64_t rows = std::min(kChunkRows, last - e);
    second_backward(call, arrays, c, slab, e, rows);
    for (std::int64_t row = 0; row < rows; row += kMixedRows) {
      const std::int64_t some = std::min(kMixedRows, rows - row);
      contract_back(k, some, c.m1 + row, arrays.gz1_of(call, e) + row * k.first.out.size, c.gs);
      extras_backward(call, c, e + row, some, slab.sums + call.slab.extra);
      for (std::int64_t r = 0; r < some; ++r) {
        sum.add(edges.receiver[e + row + r], c.gs + r * width);
        if (closed)
          row_kernels<T>().add(width, c.gs + r * width,
                               arrays.gradient.v + (edges.sender[e + row + r] - arrays.first) * width);
      }
    }
    if (call.out.attributes) attributes_backward(call, arrays, c, e, rows);
  }
  sum.finish();
}

/// The senders' sums of an open graph: the same contraction once more, edges in sender order; cheaper than keeping gs
/// of every edge.
template <class T>
void senders_backward(const Call<T>& call, const RangeArrays<T>& arrays) {
  const GatedMessageKernel& k = call.k;
  const EdgeIndex& edges = call.edges;
  const std::int64_t tasks = std::clamp<std::int64_t>(edges.edges / (2 * kChunkRows), 1, 256);
  parallel_blocks(tasks, [&](std::int64_t task) {
    ScratchFrame frame;
    T* m = frame.take<T>(kPairColumns * k.first.pairs);
    T* gs = frame.take<T>(k.first.mix_size + kLanePadding);
    std::fill_n(gs, k.first.mix_size + kLanePadding, T(0));
    const NodeRange range = task_nodes(edges.by_sender_start, edges.senders, task, tasks);
    auto row_of = [&](std::int64_t node) { return arrays.gradient.v + node * k.first.mix_size; };
    auto done = [](std::int64_t, const T*) {};
    ReceiverSum<T, decltype(row_of), decltype(done)> sum(range, k.first.mix_size, row_of, done);
    const std::int64_t last = edges.by_sender_start[range.end];
    for (std::int64_t p = edges.by_sender_start[range.begin]; p < last; p += kPairColumns) {
      const std::int64_t* edge = edges.by_sender_edge + p;
      const std::int64_t count = std::min(kPairColumns, last - p);
      pair_columns<T>(k.first.triples, k.first.pairs, count, call.in.attributes, k.first.y_size, edge, m);
      for (std::int64_t r = 0; r < count; ++r) {
        contract_back(k, 1, m + r, arrays.gz1_of(call, edge[r]), gs);
        sum.add(edges.sender[edge[r]], gs);
      }
    }
    sum.finish();
  });
}

/// Gradients of features and of w1's receiver and sender rows, node by node.
template <class T>
void nodes_backward(const Call<T>& call, const RangeArrays<T>& arrays, Slab<T>& slab, NodeRange range) {
  const GatedMessageKernel& k = call.k;
  const MixingPlan& plan = k.first;
  const RowKernels<T>& kernels = row_kernels<T>();
  const bool inside = call.in.layout == Layout::ir_mul;
  const std::int64_t columns = k.features.public_size;
  ScratchFrame frame;
  T* x = frame.take<T>(kChunkRows * k.features.size);
  T* gx = frame.take<T>(kChunkRows * k.features.size);
  T* own = slab.sums + call.slab.first;
  for (std::int64_t node = range.begin; node < range.end; node += kChunkRows) {
    const std::int64_t rows = std::min(kChunkRows, range.end - node);
    load_part(k.features, k.whole(k.features), rows, call.in.features + node * columns, inside, x);
    std::fill_n(gx, rows * k.features.size, T(0));
    for (const GatedMessageSplit& split : k.splits) {
      if (split.features == 0) continue;
      const MixingStack& stack = plan.mix_stacks[split.stack];
      const ChannelGroup& group = k.features.groups[static_cast<std::size_t>(split.feature_group)];
      const std::int64_t width = padded(stack.width);
      const std::int64_t mul = padded(plan.in.groups[stack.group].mul);
      for (std::int64_t side = 0; side < 2; ++side)
        for (std::int64_t i = 0; i < group.dim(); ++i) {
          const T* g = (side == 0 ? arrays.gradient.u : arrays.gradient.v) + (node - arrays.first) * plan.mix_size +
                       stack.offset + i * stack.stride;
          const std::int64_t column = group.offset + i * group.stride;
          kernels.gemm(split.features, computed(stack.width), rows, x + column, 1, k.features.size, g, plan.mix_size,
                       own + stack.weights + side * split.features * width, width, slab.first_started || i > 0);
          if (call.out.features)
            kernels.gemm(rows, computed(group.mul), stack.width, g, plan.mix_size, 1,
                         call.weights.first_transposed + stack.transposed + side * split.features, mul, gx + column,
                         k.features.size, true);
        }
    }
    slab.first_started = true;
    if (call.out.features)
      store_part(k.features, k.whole(k.features), rows, gx, inside, call.out.features + node * columns, false);
  }
}

/// Hands out the parts of the added-up slabs; the extras' rows of w1 join those of the nodes.
template <class T>
void finish_weights(const Call<T>& call, T* sums) {
  const GatedMessageKernel& k = call.k;
  const SlabPlan& slab = call.slab;
  for (const GatedMessageSplit& split : k.splits) {
    const MixingStack& stack = k.first.mix_stacks[split.stack];
    const std::int64_t width = padded(stack.width);
    std::copy_n(sums + slab.extra + split.extra_weights, split.extras * width,
                sums + slab.first + stack.weights + 2 * split.features * width);
  }
  if (call.out.w1) {
    std::fill_n(call.out.w1, k.first.weight_numel, T(0));
    unpack_weight_gradient(k.first, sums + slab.first, call.out.w1);
  }
  if (call.out.w2) {
    std::fill_n(call.out.w2, k.second.weight_numel, T(0));
    unpack_weight_gradient(k.second, sums + slab.second, call.out.w2);
  }
  if (call.out.b1) std::copy_n(sums + slab.bias1, k.bias1(), call.out.b1);
  if (call.out.b2) std::copy_n(sums + slab.bias2, k.bias2(), call.out.b2);
}

/// A batch of small graphs: each run of nodes from its edges to its gradients while its rows are in the cache.
template <class T>
void closed_backward(const Call<T>& call, const ClosedRuns& runs, std::int64_t slabs, T* sums) {
  const std::int64_t most = runs.most_nodes();
  parallel_blocks(slabs, [&](std::int64_t s) {
    ScratchFrame frame;
    BackwardChunk<T> chunk(frame, call.k);
    RangeArrays<T> arrays(frame, call, most, false);
    Slab<T> slab(call.slab, sums + s * call.slab.size);
    for (std::int64_t run = runs.count() * s / slabs; run < runs.count() * (s + 1) / slabs; ++run) {
      arrays.prepare(call, runs[run]);
      receivers_backward(call, arrays, chunk, slab, runs[run]);
      nodes_backward(call, arrays, slab, runs[run]);
    }
    slab.finish(call.slab);
  });
}

/// Any graph: receivers shared out, then senders, then nodes.
template <class T>
void open_backward(const Call<T>& call, std::int64_t slabs, T* sums) {
  const std::int64_t nodes = call.edges.receivers;
  ScratchFrame frame;
  RangeArrays<T> arrays(frame, call, nodes, true);
  arrays.prepare(call, {0, nodes});
  std::vector<Slab<T>> all;
  for (std::int64_t s = 0; s < slabs; ++s) all.emplace_back(call.slab, sums + s * call.slab.size);
  parallel_blocks(slabs, [&](std::int64_t s) {
    ScratchFrame own;
    BackwardChunk<T> chunk(own, call.k);
    receivers_backward(call, arrays, chunk, all[static_cast<std::size_t>(s)],
                       task_nodes(call.edges.receiver_start, nodes, s, slabs));
  });
  senders_backward(call, arrays);
  parallel_blocks(slabs, [&](std::int64_t s) {
    Slab<T>& slab = all[static_cast<std::size_t>(s)];
    nodes_backward(call, arrays, slab, {nodes * s / slabs, nodes * (s + 1) / slabs});
    slab.finish(call.slab);
  });
}

}  // namespace

template <class T>
void GatedMessage::backward(const EdgeIndex& edges, const GatedMessageInputs<T>& in, const T* saved, const T* gm,
                            const GatedMessageGradients<T>& out) const {
  count_kernel(Kernel::gated_message);
  const GatedMessageKernel& k = *kernel_;
  ScratchFrame frame;
  const GatedMessageWeights<T> weights(frame, k, in, true);
  const Call<T> call{k, edges, in, out, saved, gm, weights, SlabPlan(k)};
  const ClosedRuns runs(frame, edges, k.run_nodes(sizeof(T), edges.receivers));
  const bool closed = runs.count() > 1;
  const std::int64_t slabs = closed ? slab_count(runs.count(), 1) : slab_count(edges.edges, 3 * kChunkRows);
  T* sums = frame.take<T>(slabs * call.slab.size);
  if (closed)
    closed_backward(call, runs, slabs, sums);
  else
    open_backward(call, slabs, sums);
  sum_slabs(slabs, call.slab.size, sums);
  finish_weights(call, sums);
}

template void GatedMessage::backward<float>(const EdgeIndex&, const GatedMessageInputs<float>&, const float*,
                                            const float*, const GatedMessageGradients<float>&) const;
template void GatedMessage::backward<double>(const EdgeIndex&, const GatedMessageInputs<double>&, const double*,
                                             const double*, const GatedMessageGradients<double>&) const;

}  // namespace coset::compute
