#include "coset/compute/mixing.h"

#include <algorithm>

namespace coset::compute {

namespace {

/// One chunk of one stack: where its operands lie.
template <class T>
struct Pass {
  const MixingPlan& plan;
  const RowKernels<T>& kernels = row_kernels<T>();
  std::int64_t rows;
  const T* m;

  RowView<const T> in(const T* x, std::size_t group) const {
    const ChannelGroup& g = plan.in.groups[group];
    return {x + g.offset, plan.in.size, g.stride};
  }
  RowView<T> in(T* x, std::size_t group) const {
    const ChannelGroup& g = plan.in.groups[group];
    return {x + g.offset, plan.in.size, g.stride};
  }
  RowView<const T> out(const T* z, std::size_t group) const {
    const ChannelGroup& g = plan.out.groups[group];
    return {z + g.offset, plan.out.size, g.stride};
  }
  RowView<T> out(T* z, std::size_t group) const {
    const ChannelGroup& g = plan.out.groups[group];
    return {z + g.offset, plan.out.size, g.stride};
  }
  void contract(const Contraction& pattern, std::int64_t channels, RowView<const T> from, RowView<T> to,
                bool add) const {
    kernels.contract(pattern, rows, channels, m, plan.pairs, from, to, add);
  }
  /// to[:, c] (+)= from[:, c] b for each of `components` components.
  void multiply(std::int64_t components, std::int64_t columns, std::int64_t depth, RowView<const T> from, const T* b,
                RowView<T> to, bool add) const {
    for (std::int64_t c = 0; c < components; ++c)
      kernels.gemm(rows, columns, depth, from.data + c * from.component, from.row, 1, b, columns,
                   to.data + c * to.component, to.row, add);
  }
  /// c += sum over rows and components of left^T right
  void correlate(std::int64_t components, std::int64_t left_width, std::int64_t columns, RowView<const T> left,
                 RowView<const T> right, T* c) const {
    for (std::int64_t k = 0; k < components; ++k)
      kernels.gemm(left_width, columns, rows, left.data + k * left.component, 1, left.row,
                   right.data + k * right.component, right.row, c, columns, true);
  }
};

template <class T>
RowView<T> shifted(RowView<T> view, std::int64_t column) {
  return {view.data + column, view.row, view.component};
}

template <class T>
RowView<const T> read(RowView<T> view) {
  return {view.data, view.row, view.component};
}

template <class T>
void contract_stack(const Pass<T>& pass, const MixingStack& stack, const T* x, RowView<T> middle) {
  for (const std::size_t s : stack.slots) {
    const MixingSlot& slot = pass.plan.slots[s];
    pass.contract(slot.forward, pass.plan.in.groups[slot.in].mul, pass.in(x, slot.in), shifted(middle, slot.column),
                  false);
  }
}

template <class T>
void backward_contract_first(const Pass<T>& pass, const MixingStack& stack, const T* transposed, const T* x,
                             const T* gz, const MixingGradients<T>& out, RowView<T> middle, RowView<T> gradient) {
  const ChannelGroup& group = pass.plan.out.groups[stack.group];
  const auto upstream = pass.out(gz, stack.group);
  if (out.weights) {
    contract_stack(pass, stack, x, middle);
    pass.correlate(group.dim(), stack.width, padded(group.mul), read(middle), upstream, out.weights + stack.weights);
  }
  if (!out.x && !out.m) return;
  pass.multiply(group.dim(), padded(stack.width), group.mul, upstream, transposed + stack.transposed, gradient, false);
  for (const std::size_t s : stack.slots) {
    const MixingSlot& slot = pass.plan.slots[s];
    const std::int64_t channels = pass.plan.in.groups[slot.in].mul;
    const auto from = shifted(read(gradient), slot.column);
    if (out.x) pass.contract(slot.backward, channels, from, pass.in(out.x, slot.in), true);
    if (out.m)
      pass.kernels.pair_dots(slot.forward, pass.rows, channels, from, pass.in(x, slot.in), out.m, pass.plan.pairs);
  }
}

template <class T>
void backward_mix_first(const Pass<T>& pass, const MixingStack& stack, const T* weights, const T* transposed,
                        const T* x, const T* gz, const MixingGradients<T>& out, RowView<T> middle,
                        RowView<T> gradient) {
  const ChannelGroup& group = pass.plan.in.groups[stack.group];
  if (out.m)
    pass.multiply(group.dim(), padded(stack.width), group.mul, pass.in(x, stack.group), weights + stack.weights, middle,
                  false);
  for (const std::size_t s : stack.slots) {
    const MixingSlot& slot = pass.plan.slots[s];
    const std::int64_t channels = pass.plan.out.groups[slot.out].mul;
    const auto upstream = pass.out(gz, slot.out);
    pass.contract(slot.backward, channels, upstream, shifted(gradient, slot.column), false);
    if (out.m)
      pass.kernels.pair_dots(slot.forward, pass.rows, channels, upstream, shifted(read(middle), slot.column), out.m,
                             pass.plan.pairs);
  }
  if (out.weights)
    pass.correlate(group.dim(), group.mul, padded(stack.width), pass.in(x, stack.group), read(gradient),
                   out.weights + stack.weights);
  if (out.x)
    pass.multiply(group.dim(), group.stride, stack.width, read(gradient), transposed + stack.transposed,
                  pass.in(out.x, stack.group), true);
}

}  // namespace

template <class T>
MixingScratch<T>::MixingScratch(ScratchFrame& frame, const MixingPlan& plan, bool gradients)
    : contracted(frame.take<T>(kChunkRows * plan.contract_size + kLanePadding)),
      mixed(frame.take<T>(kChunkRows * plan.mix_size + kLanePadding)) {
  if (gradients) gradient = frame.take<T>(kChunkRows * std::max(plan.contract_size, plan.mix_size) + kLanePadding);
}

template <class T>
void pair_values(const MixingPlan& plan, std::int64_t rows, const T* y, T* m) {
  std::fill_n(m, rows * plan.pairs, T(0));
  for (std::int64_t r = 0; r < rows; ++r, y += plan.y_size, m += plan.pairs)
    for (const MixingTriple& t : plan.triples) m[t.pair] += static_cast<T>(t.value) * y[t.y_column];
}

template <class T>
void pair_values_backward(const MixingPlan& plan, std::int64_t rows, const T* gm, T* gy) {
  for (std::int64_t r = 0; r < rows; ++r, gy += plan.y_size, gm += plan.pairs)
    for (const MixingTriple& t : plan.triples) gy[t.y_column] += static_cast<T>(t.value) * gm[t.pair];
}

template <class T>
void mix(const MixingPlan& plan, std::int64_t rows, const T* weights, const T* x, const T* m, T* z,
         const MixingScratch<T>& scratch) {
  const Pass<T> pass{.plan = plan, .rows = rows, .m = m};
  for (const MixingStack& stack : plan.contract_stacks) {
    const ChannelGroup& group = plan.out.groups[stack.group];
    const RowView<T> middle{scratch.contracted + stack.offset, plan.contract_size, stack.stride};
    contract_stack(pass, stack, x, middle);
    pass.multiply(group.dim(), group.stride, stack.width, read(middle), weights + stack.weights,
                  pass.out(z, stack.group), true);
  }
  for (const MixingStack& stack : plan.mix_stacks) {
    const ChannelGroup& group = plan.in.groups[stack.group];
    const RowView<T> middle{scratch.mixed + stack.offset, plan.mix_size, stack.stride};
    pass.multiply(group.dim(), padded(stack.width), group.mul, pass.in(x, stack.group), weights + stack.weights, middle,
                  false);
    for (const std::size_t s : stack.slots) {
      const MixingSlot& slot = plan.slots[s];
      pass.contract(slot.forward, plan.out.groups[slot.out].mul, shifted(read(middle), slot.column),
                    pass.out(z, slot.out), true);
    }
  }
}

template <class T>
void mix_backward(const MixingPlan& plan, std::int64_t rows, const T* weights, const T* transposed, const T* x,
                  const T* m, const T* gz, const MixingGradients<T>& out, const MixingScratch<T>& scratch) {
  const Pass<T> pass{.plan = plan, .rows = rows, .m = m};
  for (const MixingStack& stack : plan.contract_stacks)
    backward_contract_first(pass, stack, transposed, x, gz, out,
                            RowView<T>{scratch.contracted + stack.offset, plan.contract_size, stack.stride},
                            RowView<T>{scratch.gradient + stack.offset, plan.contract_size, stack.stride});
  for (const MixingStack& stack : plan.mix_stacks)
    backward_mix_first(pass, stack, weights, transposed, x, gz, out,
                       RowView<T>{scratch.mixed + stack.offset, plan.mix_size, stack.stride},
                       RowView<T>{scratch.gradient + stack.offset, plan.mix_size, stack.stride});
}

#define COSET_INSTANTIATE(T)                                                                                        \
  template struct MixingScratch<T>;                                                                                 \
  template void pair_values<T>(const MixingPlan&, std::int64_t, const T*, T*);                                      \
  template void pair_values_backward<T>(const MixingPlan&, std::int64_t, const T*, T*);                             \
  template void mix<T>(const MixingPlan&, std::int64_t, const T*, const T*, const T*, T*, const MixingScratch<T>&); \
  template void mix_backward<T>(const MixingPlan&, std::int64_t, const T*, const T*, const T*, const T*, const T*,  \
                                const MixingGradients<T>&, const MixingScratch<T>&);
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
