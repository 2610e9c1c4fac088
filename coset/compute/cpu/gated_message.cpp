#include "coset/compute/gated_message.h"

#include <utility>

#include "coset/base/error.h"
#include "coset/compute/cpu/gated_message_kernel.h"

namespace coset::compute {

namespace {

rep::Irreps blocks_of(const rep::Irreps& irreps, std::size_t begin, std::size_t end) {
  return std::vector<rep::MulIrrep>(irreps.blocks().begin() + static_cast<std::ptrdiff_t>(begin),
                                    irreps.blocks().begin() + static_cast<std::ptrdiff_t>(end));
}

void check_spec(const GatedMessageSpec& spec) {
  const auto blocks = static_cast<std::size_t>(std::max(0, spec.feature_blocks));
  const rep::Irreps& in = spec.first.in1;
  check(mixing_fits(spec.first) && mixing_fits(spec.second),
        "[compute::GatedMessage] expected uvw paths with weights and attribute multiplicity 1");
  check(blocks > 0 && 2 * blocks <= in.size() && blocks_of(in, 0, blocks) == blocks_of(in, blocks, 2 * blocks),
        "[compute::GatedMessage] expected inputs features + features + extra; received ", in.to_string(), " with ",
        blocks, " feature blocks");
  check(spec.first.in2 == spec.second.in2,
        "[compute::GatedMessage] expected the same attributes in both products; received ", spec.first.in2.to_string(),
        " and ", spec.second.in2.to_string());
  check(spec.second.in1 == gate_output(spec.first_gate), "[compute::GatedMessage] expected the second product to take ",
        gate_output(spec.first_gate).to_string(), "; received ", spec.second.in1.to_string());
}

}  // namespace

std::string to_string(const GatedMessageSpec& spec) {
  return RecordWriter()
      .integer("feature_blocks", spec.feature_blocks)
      .record(to_string(spec.first))
      .record(to_string(spec.first_gate))
      .record(to_string(spec.second))
      .record(to_string(spec.second_gate))
      .text();
}

GatedMessageSpec parse_gated_message_spec(const std::string& text) {
  RecordReader reader(text, "compute::parse_gated_message_spec");
  GatedMessageSpec spec;
  spec.feature_blocks = static_cast<int>(reader.integer("feature_blocks", 0, 1 << 20));
  spec.first = rep::read_tensor_product_plan(reader);
  spec.first_gate = read_gate_shape(reader);
  spec.second = rep::read_tensor_product_plan(reader);
  spec.second_gate = read_gate_shape(reader);
  reader.end();
  return spec;
}

std::int64_t GatedMessageKernel::even_scalars(const ChannelLayout& layout) {
  const std::int64_t group = layout.find({0, 1});
  return group < 0 ? 0 : layout.groups[static_cast<std::size_t>(group)].mul;
}

GatedMessageKernel::GatedMessageKernel(const GatedMessageSpec& spec)
    : first(make_mixing_plan(spec.first, MixingOrder::mix_first)), second(make_mixing_plan(spec.second)) {
  const auto blocks = static_cast<std::size_t>(spec.feature_blocks);
  features = make_channel_layout(blocks_of(spec.first.in1, 0, blocks));
  extra = make_channel_layout(blocks_of(spec.first.in1, 2 * blocks, spec.first.in1.size()));
  hidden = make_channel_layout(gate_output(spec.first_gate));
  message = make_channel_layout(gate_output(spec.second_gate));
  first_gate = make_gate_plan(spec.first_gate, first.out, hidden);
  second_gate = make_gate_plan(spec.second_gate, second.out, message);
  for (std::size_t s = 0; s < first.mix_stacks.size(); ++s) {
    const ChannelGroup& group = first.in.groups[first.mix_stacks[s].group];
    GatedMessageSplit split{s, 0, features.find(group.irrep), 0, extra.find(group.irrep), extra_weights_size};
    if (split.feature_group >= 0) split.features = features.groups[static_cast<std::size_t>(split.feature_group)].mul;
    if (split.extra_group >= 0) split.extras = extra.groups[static_cast<std::size_t>(split.extra_group)].mul;
    extra_weights_size += split.extras * padded(first.mix_stacks[s].width);
    splits.push_back(split);
  }
}

template <class T>
GatedMessageWeights<T>::GatedMessageWeights(ScratchFrame& frame, const GatedMessageKernel& kernel,
                                            const GatedMessageInputs<T>& in, bool backward)
    : first(frame.take<T>(kernel.first.weights_size)), second(frame.take<T>(kernel.second.weights_size)) {
  if (backward) {
    // Products that start at the sender's columns read up to one vector beyond the last row.
    first_transposed = frame.take<T>(kernel.first.transposed_size + kLanePadding);
    second_transposed = frame.take<T>(kernel.second.transposed_size);
    std::fill_n(first_transposed + kernel.first.transposed_size, kLanePadding, T(0));
  }
  pack_weights(kernel.first, in.w1, first, first_transposed);
  pack_weights(kernel.second, in.w2, second, second_transposed);
}

template <class T>
void mix_nodes(const GatedMessageKernel& kernel, NodeRange range, const GatedMessageInputs<T>& in, const T* weights,
               const MixedNodes<T>& to) {
  const MixingPlan& plan = kernel.first;
  parallel_ranges(range.end - range.begin, kChunkRows, [&](std::int64_t begin, std::int64_t end) {
    ScratchFrame frame;
    T* x = frame.take<T>(kChunkRows * kernel.features.size);
    const std::int64_t rows = end - begin;
    load_part(kernel.features, GatedMessageKernel::whole(kernel.features), rows,
              in.features + (range.begin + begin) * kernel.features.public_size, in.layout == Layout::ir_mul, x);
    const std::int64_t row = (range.begin + begin - to.first) * plan.mix_size;
    T* const targets[2] = {to.u + row, to.v + row};
    for (const GatedMessageSplit& split : kernel.splits) {
      const MixingStack& stack = plan.mix_stacks[split.stack];
      const std::int64_t width = padded(stack.width);
      for (std::int64_t end_of_edge = 0; end_of_edge < 2; ++end_of_edge)
        for (std::int64_t k = 0; k < plan.in.groups[stack.group].dim(); ++k) {
          T* target = targets[end_of_edge] + stack.offset + k * stack.stride;
          const ChannelGroup* group =
              split.features > 0 ? &kernel.features.groups[static_cast<std::size_t>(split.feature_group)] : nullptr;
          const T* from = group ? x + group->offset + k * group->stride : x;
          row_kernels<T>().gemm(rows, computed(stack.width), split.features, from, kernel.features.size, 1,
                                weights + stack.weights + end_of_edge * split.features * width, width, target,
                                plan.mix_size, false);
        }
    }
  });
}

template <class T>
void mix_edges(const GatedMessageKernel& kernel, const EdgeIndex& edges, std::int64_t first_edge, std::int64_t rows,
               const GatedMessageInputs<T>& in, const T* weights, const MixedNodes<T>& nodes, T* extra_rows, T* s) {
  const MixingPlan& plan = kernel.first;
  const RowKernels<T>& kernels = row_kernels<T>();
  std::int64_t receiver[kMixedRows];
  std::int64_t sender[kMixedRows];
  for (std::int64_t r = 0; r < rows; ++r) {
    receiver[r] = edges.receiver[first_edge + r] - nodes.first;
    sender[r] = edges.sender[first_edge + r] - nodes.first;
  }
  kernels.add_gathered(rows, plan.mix_size, nodes.u, receiver, nodes.v, sender, s);
  if (kernel.extra.public_size == 0) return;
  load_part(kernel.extra, GatedMessageKernel::whole(kernel.extra), rows,
            in.extra + first_edge * kernel.extra.public_size, false, extra_rows);
  for (const GatedMessageSplit& split : kernel.splits) {
    if (split.extras == 0) continue;
    const MixingStack& stack = plan.mix_stacks[split.stack];
    const ChannelGroup& group = kernel.extra.groups[static_cast<std::size_t>(split.extra_group)];
    const std::int64_t width = padded(stack.width);
    for (std::int64_t k = 0; k < group.dim(); ++k)
      kernels.gemm(rows, computed(stack.width), split.extras, extra_rows + group.offset + k * group.stride,
                   kernel.extra.size, 1, weights + stack.weights + 2 * split.features * width, width,
                   s + stack.offset + k * stack.stride, plan.mix_size, true);
  }
}

namespace {

/// Arrays of one chunk of edges in the forward pass.
template <class T>
struct EdgeChunk {
  T *s, *extra, *m1, *m2, *z1, *z2, *hidden, *message, *sum;
  MixingScratch<T> scratch;

  EdgeChunk(ScratchFrame& frame, const GatedMessageKernel& k)
      : s(frame.take<T>(kMixedRows * k.first.mix_size + kLanePadding)),
        extra(frame.take<T>(kMixedRows * k.extra.size)),
        m1(frame.take<T>(kPairColumns * k.first.pairs)),
        m2(frame.take<T>(kPairColumns * k.second.pairs)),
        z1(frame.take<T>(kChunkRows * k.first.out.size)),
        z2(frame.take<T>(kChunkRows * k.second.out.size)),
        hidden(frame.take<T>(kChunkRows * k.hidden.size)),
        message(frame.take<T>(kChunkRows * k.message.size)),
        sum(frame.take<T>(k.message.size)),
        scratch(frame, k.second, false) {
    std::fill_n(extra, kMixedRows * k.extra.size, T(0));
    std::fill_n(hidden, kChunkRows * k.hidden.size, T(0));
    std::fill_n(message, kChunkRows * k.message.size, T(0));
  }
};

template <class T>
struct ForwardCall {
  const GatedMessageKernel& k;
  const EdgeIndex& edges;
  const GatedMessageInputs<T>& in;
  const GatedMessageWeights<T>& weights;
  T* m;
  T* saved;
};

/// Messages and their sums for the receivers of a range.
template <class T>
void edges_forward(const ForwardCall<T>& call, const MixedNodes<T>& nodes, NodeRange range, const EdgeChunk<T>& c) {
  const GatedMessageKernel& k = call.k;
  const EdgeIndex& edges = call.edges;
  const GatedMessageInputs<T>& in = call.in;
  const RowKernels<T>& kernels = row_kernels<T>();
  auto row_of = [&](std::int64_t) { return c.sum; };
  auto store = [&](std::int64_t node, const T* sum) {
    store_part(k.message, k.whole(k.message), 1, sum, in.layout == Layout::ir_mul,
               call.m + node * k.message.public_size, false);
  };
  ReceiverSum<T, decltype(row_of), decltype(store)> sum(range, k.message.size, row_of, store);
  const std::int64_t last = edges.receiver_start[range.end];
  for (std::int64_t e = edges.receiver_start[range.begin]; e < last; e += kChunkRows) {
    const std::int64_t rows = std::min(kChunkRows, last - e);
    T* z1 = call.saved ? call.saved + e * k.first.out.size : c.z1;
    T* z2 = call.saved ? call.saved + edges.edges * k.first.out.size + e * k.second.out.size : c.z2;
    pair_values(k.first, rows, in.attributes + e * k.first.y_size, c.m1);
    pair_values(k.second, rows, in.attributes + e * k.first.y_size, c.m2);
    for_mixed_edges(k, edges, e, rows, in, call.weights.first, nodes, c.extra, c.s,
                    [&](std::int64_t row, std::int64_t some) {
                      contract_mixed(k.first, some, c.m1 + row, c.s, z1 + row * k.first.out.size, false);
                    });
    add_bias(k.first.out, rows, in.b1, z1);
    kernels.gate(k.first_gate, rows, z1, k.first.out.size, c.hidden, k.hidden.size);
    mix(k.second, rows, call.weights.second, in.b2, c.hidden, c.m2, z2, c.scratch);
    kernels.gate(k.second_gate, rows, z2, k.second.out.size, c.message, k.message.size);
    for (std::int64_t r = 0; r < rows; ++r) sum.add(edges.receiver[e + r], c.message + r * k.message.size);
  }
  sum.finish();
}

}  // namespace

GatedMessage::GatedMessage(GatedMessageSpec spec) : spec_(std::move(spec)) {
  check_spec(spec_);
  kernel_ = std::make_unique<GatedMessageKernel>(spec_);
}
GatedMessage::~GatedMessage() = default;
GatedMessage::GatedMessage(GatedMessage&&) noexcept = default;
GatedMessage& GatedMessage::operator=(GatedMessage&&) noexcept = default;

std::int64_t GatedMessage::output_dim() const {
  return kernel_->message.public_size;
}

std::int64_t GatedMessage::saved_numel(std::int64_t edges) const {
  return edges * kernel_->saved_size();
}

template <class T>
void GatedMessage::forward(const EdgeIndex& edges, const GatedMessageInputs<T>& in, T* m, T* saved) const {
  count_kernel(Kernel::gated_message);
  const GatedMessageKernel& k = *kernel_;
  ScratchFrame outer;
  const GatedMessageWeights<T> weights(outer, k, in, false);
  const ForwardCall<T> call{k, edges, in, weights, m, saved};
  const ClosedRuns runs(outer, edges, k.run_nodes(sizeof(T), edges.receivers));
  if (runs.count() == 1) {
    const MixedNodes<T> nodes(outer, k, edges.receivers);
    mix_nodes(k, runs[0], in, weights.first, nodes);
    const std::int64_t tasks = std::clamp<std::int64_t>(edges.edges / (2 * kChunkRows), 1, 256);
    parallel_blocks(tasks, [&](std::int64_t task) {
      ScratchFrame frame;
      const EdgeChunk<T> chunk(frame, k);
      edges_forward(call, nodes, task_nodes(edges.receiver_start, edges.receivers, task, tasks), chunk);
    });
    return;
  }
  const std::int64_t most_nodes = runs.most_nodes();
  const std::int64_t tasks = std::min<std::int64_t>(runs.count(), 64);
  parallel_blocks(tasks, [&](std::int64_t task) {
    ScratchFrame frame;
    const EdgeChunk<T> chunk(frame, k);
    MixedNodes<T> nodes(frame, k, most_nodes);
    for (std::int64_t run = runs.count() * task / tasks; run < runs.count() * (task + 1) / tasks; ++run) {
      nodes.first = runs[run].begin;
      mix_nodes(k, runs[run], in, weights.first, nodes);
      edges_forward(call, nodes, runs[run], chunk);
    }
  });
}

#define COSET_INSTANTIATE(T)                                                                               \
  template struct GatedMessageWeights<T>;                                                                  \
  template void mix_nodes<T>(const GatedMessageKernel&, NodeRange, const GatedMessageInputs<T>&, const T*, \
                             const MixedNodes<T>&);                                                        \
  template void mix_edges<T>(const GatedMessageKernel&, const EdgeIndex&, std::int64_t, std::int64_t,      \
                             const GatedMessageInputs<T>&, const T*, const MixedNodes<T>&, T*, T*);        \
  template void GatedMessage::forward<T>(const EdgeIndex&, const GatedMessageInputs<T>&, T*, T*) const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
