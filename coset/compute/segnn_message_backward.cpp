#include "coset/compute/segnn_message_kernel.h"

namespace coset::compute {

namespace {

/// Sums that tasks build alone and that are added up in order: gradients of weights and biases.
struct SlabPlan {
  std::int64_t second = 0, extra = 0, bias1 = 0, bias2 = 0, size = 0;

  explicit SlabPlan(const SegnnMessageKernel& k)
      : extra(k.second.weights_size),
        bias1(extra + k.extra_weights_size),
        bias2(bias1 + padded(k.bias1())),
        size(bias2 + padded(k.bias2())) {}
};

/// Arrays of one backward call.
template <class T>
struct Call {
  const SegnnMessageKernel& k;
  const EdgeIndex& edges;
  const SegnnMessageInputs<T>& in;
  const SegnnMessageGradients<T>& out;
  const T* saved;
  const T* gm;  ///< gradient of the messages' sums, channel rows
  const SegnnWeights<T>& weights;
  const T* u;  ///< only when attributes want a gradient
  const T* v;
  T* gz1;  ///< (edges, first.out.size)
  T* m1;   ///< (edges, first.pairs)
  T* gu;   ///< (nodes, first.mix_size)
  T* gv;
};

template <class T>
struct BackwardChunk {
  T *extra, *m2, *hidden, *ghidden, *gmessage, *gz2, *gs, *s, *gm1, *gm2, *gextra;

  BackwardChunk(ScratchFrame& frame, const SegnnMessageKernel& k)
      : extra(frame.take<T>(kChunkRows * k.extra.size)),
        m2(frame.take<T>(kChunkRows * k.second.pairs)),
        hidden(frame.take<T>(kChunkRows * k.hidden.size)),
        ghidden(frame.take<T>(kChunkRows * k.hidden.size)),
        gmessage(frame.take<T>(kChunkRows * k.message.size)),
        gz2(frame.take<T>(kChunkRows * k.second.out.size)),
        gs(frame.take<T>(kChunkRows * k.first.mix_size + kLanePadding)),
        s(frame.take<T>(kChunkRows * k.first.mix_size + kLanePadding)),
        gm1(frame.take<T>(kChunkRows * k.first.pairs)),
        gm2(frame.take<T>(kChunkRows * k.second.pairs)),
        gextra(frame.take<T>(kChunkRows * k.extra.size)) {
    std::fill_n(extra, kChunkRows * k.extra.size, T(0));
    std::fill_n(hidden, kChunkRows * k.hidden.size, T(0));
    std::fill_n(gz2, kChunkRows * k.second.out.size, T(0));
    std::fill_n(gs, kChunkRows * k.first.mix_size + kLanePadding, T(0));
  }
};

/// gs = what TP1's contraction hands back to the mixed rows.
template <class T>
void contract_back(const SegnnMessageKernel& k, std::int64_t rows, const T* m, const T* gz, T* gs) {
  row_kernels<T>().contract(k.first.mix_programs.backward, rows, m, k.first.pairs, gz, k.first.out.size, gs,
                            k.first.mix_size, false);
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
  const SegnnMessageKernel& k = call.k;
  const RowKernels<T>& kernels = row_kernels<T>();
  const std::int64_t columns = k.extra.public_size;
  if (columns == 0) return;
  load_part(k.extra, k.whole(k.extra), rows, call.in.extra + edge * columns, false, c.extra);
  for (const SegnnSplit& split : k.splits) {
    if (split.extras == 0) continue;
    const MixingStack& stack = k.first.mix_stacks[split.stack];
    const ChannelGroup& group = k.extra.groups[static_cast<std::size_t>(split.extra_group)];
    const std::int64_t mul = padded(k.first.in.groups[stack.group].mul);
    const std::int64_t width = padded(stack.width);
    for (std::int64_t i = 0; i < group.dim(); ++i) {
      const T* gs = c.gs + stack.offset + i * stack.stride;
      const std::int64_t column = group.offset + i * group.stride;
      kernels.gemm(split.extras, width, rows, c.extra + column, 1, k.extra.size, gs, k.first.mix_size,
                   gweights + split.extra_weights, width, true);
      if (call.out.extra)
        kernels.gemm(rows, group.stride, stack.width, gs, k.first.mix_size, 1,
                     call.weights.first_transposed + stack.transposed + 2 * split.features, mul, c.gextra + column,
                     k.extra.size, false);
    }
  }
  if (call.out.extra)
    store_part(k.extra, k.whole(k.extra), rows, c.gextra, false, call.out.extra + edge * columns, false);
}

/// Gradient of the attributes through both products.
template <class T>
void attributes_backward(const Call<T>& call, BackwardChunk<T>& c, std::int64_t edge, std::int64_t rows) {
  const SegnnMessageKernel& k = call.k;
  const MixingPlan& plan = k.first;
  mix_edges(k, call.edges, edge, rows, call.in, call.weights.first, call.u, call.v, c.extra, c.s);
  std::fill_n(c.gm1, rows * plan.pairs, T(0));
  row_kernels<T>().pair_dots(plan.mix_programs.dots, rows, call.gz1 + edge * plan.out.size, plan.out.size, c.s,
                             plan.mix_size, c.gm1, plan.pairs);
  T* gy = call.out.attributes + edge * plan.y_size;
  std::fill_n(gy, rows * plan.y_size, T(0));
  pair_values_backward(plan, rows, c.gm1, gy);
  pair_values_backward(k.second, rows, c.gm2, gy);
}

/// From the receivers' gradients back to gz1 of one chunk of edges.
template <class T>
void second_backward(const Call<T>& call, BackwardChunk<T>& c, const MixingScratch<T>& scratch, std::int64_t edge,
                     std::int64_t rows, const SlabPlan& slab, bool start, T* sums) {
  const SegnnMessageKernel& k = call.k;
  const RowKernels<T>& kernels = row_kernels<T>();
  const T* z1 = call.saved + edge * k.first.out.size;
  const T* z2 = call.saved + call.edges.edges * k.first.out.size + edge * k.second.out.size;
  const T* y = call.in.attributes + edge * k.first.y_size;
  T* gz1 = call.gz1 + edge * k.first.out.size;
  gather_rows(rows, k.message.size, call.edges.receiver + edge, call.gm, c.gmessage);
  kernels.gate_backward(k.second_gate, rows, z2, k.second.out.size, c.gmessage, k.message.size, c.gz2);
  kernels.gate(k.first_gate, rows, z1, k.first.out.size, c.hidden, k.hidden.size);
  pair_values(k.first, rows, y, call.m1 + edge * k.first.pairs);
  pair_values(k.second, rows, y, c.m2);
  if (call.out.attributes) std::fill_n(c.gm2, rows * k.second.pairs, T(0));
  const MixingGradients<T> to{c.ghidden, call.out.attributes ? c.gm2 : nullptr, sums + slab.second, start};
  mix_backward(k.second, rows, call.weights.second, call.weights.second_transposed, c.hidden, c.m2, c.gz2, to, scratch);
  kernels.gate_backward(k.first_gate, rows, z1, k.first.out.size, c.ghidden, k.hidden.size, gz1);
  add_bias_gradient(k.second.out, rows, c.gz2, sums + slab.bias2);
  add_bias_gradient(k.first.out, rows, gz1, sums + slab.bias1);
}

template <class T>
void receivers_backward(const Call<T>& call, std::int64_t slabs, const SlabPlan& slab, T* sums) {
  const SegnnMessageKernel& k = call.k;
  parallel_blocks(slabs, [&](std::int64_t task) {
    ScratchFrame frame;
    BackwardChunk<T> c(frame, k);
    const MixingScratch<T> scratch(frame, k.second, true);
    T* own = sums + task * slab.size;
    const NodeRange range = task_nodes(call.edges.receiver_start, call.edges.receivers, task, slabs);
    const std::int64_t first = call.edges.receiver_start[range.begin];
    auto row_of = [&](std::int64_t node) { return call.gu + node * k.first.mix_size; };
    auto done = [](std::int64_t, const T*) {};
    ReceiverSum<T, decltype(row_of), decltype(done)> sum(range, k.first.mix_size, row_of, done);
    const std::int64_t last = call.edges.receiver_start[range.end];
    // The first chunk overwrites the large part, the second product's weights.
    std::fill_n(own + (first < last ? slab.extra : 0), slab.size - (first < last ? slab.extra : 0), T(0));
    for (std::int64_t e = first; e < last; e += kChunkRows) {
      const std::int64_t rows = std::min(kChunkRows, last - e);
      second_backward(call, c, scratch, e, rows, slab, e == first, own);
      contract_back(k, rows, call.m1 + e * k.first.pairs, call.gz1 + e * k.first.out.size, c.gs);
      extras_backward(call, c, e, rows, own + slab.extra);
      if (call.out.attributes) attributes_backward(call, c, e, rows);
      for (std::int64_t r = 0; r < rows; ++r) sum.add(call.edges.receiver[e + r], c.gs + r * k.first.mix_size);
    }
    sum.finish();
  });
}

/// gv: the same contraction once more, edges in sender order; cheaper than keeping gs of every edge.
template <class T>
void senders_backward(const Call<T>& call) {
  const SegnnMessageKernel& k = call.k;
  const EdgeIndex& edges = call.edges;
  const std::int64_t tasks = std::clamp<std::int64_t>(edges.edges / (2 * kChunkRows), 1, 256);
  parallel_blocks(tasks, [&](std::int64_t task) {
    ScratchFrame frame;
    T* gs = frame.take<T>(k.first.mix_size + kLanePadding);
    std::fill_n(gs, k.first.mix_size + kLanePadding, T(0));
    const NodeRange range = task_nodes(edges.by_sender_start, edges.senders, task, tasks);
    auto row_of = [&](std::int64_t node) { return call.gv + node * k.first.mix_size; };
    auto done = [](std::int64_t, const T*) {};
    ReceiverSum<T, decltype(row_of), decltype(done)> sum(range, k.first.mix_size, row_of, done);
    for (std::int64_t j = range.begin; j < range.end; ++j)
      for (std::int64_t p = edges.by_sender_start[j]; p < edges.by_sender_start[j + 1]; ++p) {
        const std::int64_t e = edges.by_sender_edge[p];
        contract_back(k, 1, call.m1 + e * k.first.pairs, call.gz1 + e * k.first.out.size, gs);
        sum.add(j, gs);
      }
    sum.finish();
  });
}

/// Gradients of features and of w1's receiver and sender rows, node by node.
template <class T>
void nodes_backward(const Call<T>& call, std::int64_t slabs, T* sums) {
  const SegnnMessageKernel& k = call.k;
  const MixingPlan& plan = k.first;
  const std::int64_t nodes = call.edges.receivers;
  const std::int64_t grain = std::max<std::int64_t>(1, (nodes + slabs - 1) / slabs);
  const bool inside = call.in.layout == Layout::ir_mul;
  parallel_ranges(nodes, grain, [&](std::int64_t begin, std::int64_t end) {
    ScratchFrame frame;
    const RowKernels<T>& kernels = row_kernels<T>();
    T* x = frame.take<T>(kChunkRows * k.features.size);
    T* gx = frame.take<T>(kChunkRows * k.features.size);
    T* own = sums + begin / grain * plan.weights_size;
    for (std::int64_t node = begin; node < end; node += kChunkRows) {
      const std::int64_t rows = std::min(kChunkRows, end - node);
      const std::int64_t columns = k.features.public_size;
      load_part(k.features, k.whole(k.features), rows, call.in.features + node * columns, inside, x);
      std::fill_n(gx, rows * k.features.size, T(0));
      for (const SegnnSplit& split : k.splits) {
        if (split.features == 0) continue;
        const MixingStack& stack = plan.mix_stacks[split.stack];
        const ChannelGroup& group = k.features.groups[static_cast<std::size_t>(split.feature_group)];
        const std::int64_t width = padded(stack.width);
        const std::int64_t mul = padded(plan.in.groups[stack.group].mul);
        for (std::int64_t side = 0; side < 2; ++side)
          for (std::int64_t i = 0; i < group.dim(); ++i) {
            const T* g = (side == 0 ? call.gu : call.gv) + node * plan.mix_size + stack.offset + i * stack.stride;
            const std::int64_t column = group.offset + i * group.stride;
            kernels.gemm(split.features, width, rows, x + column, 1, k.features.size, g, plan.mix_size,
                         own + stack.weights + side * split.features * width, width, node > begin || i > 0);
            if (call.out.features)
              kernels.gemm(rows, group.stride, stack.width, g, plan.mix_size, 1,
                           call.weights.first_transposed + stack.transposed + side * split.features, mul, gx + column,
                           k.features.size, true);
          }
      }
      if (call.out.features)
        store_part(k.features, k.whole(k.features), rows, gx, inside, call.out.features + node * columns, false);
    }
  });
}

/// Adds the slabs up and hands out the parts; the extras' rows of w1 join those of the nodes.
template <class T>
void finish_weights(const Call<T>& call, std::int64_t edge_slabs, const SlabPlan& slab, T* edge_sums,
                    std::int64_t node_slabs, T* node_sums) {
  const SegnnMessageKernel& k = call.k;
  sum_slabs(edge_slabs, slab.size, edge_sums);
  sum_slabs(node_slabs, k.first.weights_size, node_sums);
  for (const SegnnSplit& split : k.splits) {
    const MixingStack& stack = k.first.mix_stacks[split.stack];
    const std::int64_t width = padded(stack.width);
    std::copy_n(edge_sums + slab.extra + split.extra_weights, split.extras * width,
                node_sums + stack.weights + 2 * split.features * width);
  }
  if (call.out.w1) {
    std::fill_n(call.out.w1, k.first.weight_numel, T(0));
    unpack_weight_gradient(k.first, node_sums, call.out.w1);
  }
  if (call.out.w2) {
    std::fill_n(call.out.w2, k.second.weight_numel, T(0));
    unpack_weight_gradient(k.second, edge_sums + slab.second, call.out.w2);
  }
  if (call.out.b1) std::copy_n(edge_sums + slab.bias1, k.bias1(), call.out.b1);
  if (call.out.b2) std::copy_n(edge_sums + slab.bias2, k.bias2(), call.out.b2);
}

}  // namespace

template <class T>
void SegnnMessage::backward(const EdgeIndex& edges, const SegnnMessageInputs<T>& in, const T* saved, const T* gm,
                            const SegnnMessageGradients<T>& out) const {
  count_kernel(Kernel::segnn_message);
  const SegnnMessageKernel& k = *kernel_;
  const std::int64_t nodes = edges.receivers;
  ScratchFrame frame;
  const SegnnWeights<T> weights(frame, k, in, true);
  T* gm_rows = frame.take<T>(nodes * k.message.size);
  std::fill_n(gm_rows, nodes * k.message.size, T(0));
  load_part(k.message, k.whole(k.message), nodes, gm, in.layout == Layout::ir_mul, gm_rows);
  T* u = out.attributes ? frame.take<T>(nodes * k.first.mix_size) : nullptr;
  T* v = out.attributes ? frame.take<T>(nodes * k.first.mix_size) : nullptr;
  if (u) mix_nodes(k, nodes, in, weights.first, u, v);
  const Call<T> call{k,
                     edges,
                     in,
                     out,
                     saved,
                     gm_rows,
                     weights,
                     u,
                     v,
                     frame.take<T>(edges.edges * k.first.out.size),
                     frame.take<T>(edges.edges * k.first.pairs),
                     frame.take<T>(nodes * k.first.mix_size),
                     frame.take<T>(nodes * k.first.mix_size)};
  const SlabPlan slab(k);
  const std::int64_t edge_slabs = slab_count(edges.edges, 3 * kChunkRows);
  const std::int64_t node_slabs = slab_count(nodes, 2 * kChunkRows);
  T* edge_sums = frame.take<T>(edge_slabs * slab.size);
  T* node_sums = frame.take<T>(node_slabs * k.first.weights_size);
  if (nodes == 0) std::fill_n(node_sums, node_slabs * k.first.weights_size, T(0));
  receivers_backward(call, edge_slabs, slab, edge_sums);
  senders_backward(call);
  nodes_backward(call, node_slabs, node_sums);
  finish_weights(call, edge_slabs, slab, edge_sums, node_slabs, node_sums);
}

template void SegnnMessage::backward<float>(const EdgeIndex&, const SegnnMessageInputs<float>&, const float*,
                                            const float*, const SegnnMessageGradients<float>&) const;
template void SegnnMessage::backward<double>(const EdgeIndex&, const SegnnMessageInputs<double>&, const double*,
                                             const double*, const SegnnMessageGradients<double>&) const;

}  // namespace coset::compute
