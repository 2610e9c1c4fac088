#include "coset/compute/cpu/mixing.h"

#include <algorithm>

namespace coset::compute {

namespace {

/// A group or stack within rows: `components` matrices of (rows, columns), `component` elements apart.
template <class T>
struct Matrices {
  T* data;
  std::int64_t row;
  std::int64_t component;
};

template <class T>
Matrices<T> group_of(const ChannelLayout& layout, std::size_t group, T* rows) {
  return {rows + layout.groups[group].offset, layout.size, layout.groups[group].stride};
}

template <class T>
Matrices<T> stack_of(const MixingStack& stack, std::int64_t row, T* rows) {
  return {rows + stack.offset, row, stack.stride};
}

/// to[:, c] (+)= from[:, c] b for every component c; b (depth, width, padded).
template <class T>
void multiply(std::int64_t rows, std::int64_t components, std::int64_t width, std::int64_t depth,
              Matrices<const T> from, const T* b, Matrices<T> to, bool add) {
  for (std::int64_t c = 0; c < components; ++c)
    row_kernels<T>().gemm(rows, computed(width), depth, from.data + c * from.component, from.row, 1, b, padded(width),
                          to.data + c * to.component, to.row, add);
}

/// c (+)= sum over rows and components of left^T right; c (left_width, width, padded).
template <class T>
void correlate(std::int64_t rows, std::int64_t components, std::int64_t left_width, std::int64_t width,
               Matrices<const T> left, Matrices<const T> right, bool start, T* c) {
  for (std::int64_t k = 0; k < components; ++k)
    row_kernels<T>().gemm(left_width, computed(width), rows, left.data + k * left.component, 1, left.row,
                          right.data + k * right.component, right.row, c, padded(width), !start || k > 0);
}

template <class T>
void backward_contract_first(const MixingPlan& plan, std::int64_t rows, const T* transposed, const T* x, const T* m,
                             const T* gz, const MixingGradients<T>& out, const MixingScratch<T>& scratch) {
  const RowKernels<T>& kernels = row_kernels<T>();
  const std::int64_t size = plan.contract_size;
  const MixingPrograms& programs = plan.contract_programs;
  if (out.weights) kernels.contract(programs.apply, rows, m, x, plan.in.size, scratch.contracted, size, false);
  for (const MixingStack& stack : plan.contract_stacks) {
    const ChannelGroup& group = plan.out.groups[stack.group];
    const auto upstream = group_of(plan.out, stack.group, gz);
    if (out.weights)
      correlate<T>(rows, group.dim(), stack.width, group.mul, stack_of<const T>(stack, size, scratch.contracted),
                   upstream, out.start, out.weights + stack.weights);
    if (out.x || out.m)
      multiply<T>(rows, group.dim(), stack.width, group.mul, upstream, transposed + stack.transposed,
                  stack_of(stack, size, scratch.gradient), false);
  }
  if (out.x)
    kernels.contract(programs.backward, rows, m, scratch.gradient, size, out.x, plan.in.size,
                     !programs.backward_reaches_all);
  if (out.m) kernels.pair_dots(programs.dots, rows, scratch.gradient, size, x, plan.in.size, out.m, plan.pairs);
}

template <class T>
void backward_mix_first(const MixingPlan& plan, std::int64_t rows, const T* weights, const T* transposed, const T* x,
                        const T* m, const T* gz, const MixingGradients<T>& out, const MixingScratch<T>& scratch) {
  const RowKernels<T>& kernels = row_kernels<T>();
  const std::int64_t size = plan.mix_size;
  const MixingPrograms& programs = plan.mix_programs;
  kernels.contract(programs.backward, rows, m, gz, plan.out.size, scratch.gradient, size, false);
  for (const MixingStack& stack : plan.mix_stacks) {
    const ChannelGroup& group = plan.in.groups[stack.group];
    const auto value = group_of(plan.in, stack.group, x);
    const auto gradient = stack_of<const T>(stack, size, scratch.gradient);
    if (out.m)
      multiply<T>(rows, group.dim(), stack.width, group.mul, value, weights + stack.weights,
                  stack_of(stack, size, scratch.mixed), false);
    if (out.weights)
      correlate<T>(rows, group.dim(), group.mul, stack.width, value, gradient, out.start, out.weights + stack.weights);
    if (out.x)
      multiply<T>(rows, group.dim(), group.mul, stack.width, gradient, transposed + stack.transposed,
                  group_of(plan.in, stack.group, out.x), true);
  }
  if (out.m) kernels.pair_dots(programs.dots, rows, gz, plan.out.size, scratch.mixed, size, out.m, plan.pairs);
}

}  // namespace

template <class T>
MixingScratch<T>::MixingScratch(ScratchFrame& frame, const MixingPlan& plan, bool gradients)
    : contracted(frame.take<T>(kChunkRows * plan.contract_size + kLanePadding)),
      mixed(frame.take<T>(kChunkRows * plan.mix_size + kLanePadding)) {
  if (gradients) gradient = frame.take<T>(kChunkRows * std::max(plan.contract_size, plan.mix_size) + kLanePadding);
}

template <class T>
void pair_values_backward(const MixingPlan& plan, std::int64_t rows, const T* gm, T* gy) {
  for (std::int64_t r = 0; r < rows; ++r, gy += plan.y_size, gm += plan.pairs)
    for (const PairTriple& t : plan.triples) gy[t.column] += static_cast<T>(t.value) * gm[t.pair];
}

template <class T>
void add_bias(const ChannelLayout& layout, std::int64_t rows, const T* bias, T* z) {
  const std::int64_t group = layout.find({0, 1});
  if (!bias || group < 0) return;
  const ChannelGroup& scalars = layout.groups[static_cast<std::size_t>(group)];
  for (std::int64_t r = 0; r < rows; ++r) row_kernels<T>().add(scalars.mul, bias, z + r * layout.size + scalars.offset);
}

template <class T>
void contract_mixed(const MixingPlan& plan, std::int64_t rows, const T* m, const T* mixed, T* z, bool accumulate) {
  const MixingPrograms& programs = plan.mix_programs;
  if (!accumulate && !programs.apply_reaches_all) std::fill_n(z, rows * plan.out.size, T(0));
  row_kernels<T>().contract(programs.apply, rows, m, mixed, plan.mix_size, z, plan.out.size,
                            accumulate || !programs.apply_reaches_all);
}

template <class T>
void mix(const MixingPlan& plan, std::int64_t rows, const T* weights, const T* bias, const T* x, const T* m, T* z,
         const MixingScratch<T>& scratch) {
  const RowKernels<T>& kernels = row_kernels<T>();
  // The first product into a group overwrites it; where some group has none, all are cleared.
  const bool mixed_only = plan.contract_stacks.empty();
  if (!mixed_only && plan.contract_stacks.size() < plan.out.groups.size()) std::fill_n(z, rows * plan.out.size, T(0));
  if (!plan.contract_stacks.empty())
    kernels.contract(plan.contract_programs.apply, rows, m, x, plan.in.size, scratch.contracted, plan.contract_size,
                     false);
  for (const MixingStack& stack : plan.contract_stacks) {
    const ChannelGroup& group = plan.out.groups[stack.group];
    multiply<T>(rows, group.dim(), group.mul, stack.width,
                stack_of<const T>(stack, plan.contract_size, scratch.contracted), weights + stack.weights,
                group_of(plan.out, stack.group, z), false);
  }
  for (const MixingStack& stack : plan.mix_stacks) {
    const ChannelGroup& group = plan.in.groups[stack.group];
    multiply<T>(rows, group.dim(), stack.width, group.mul, group_of(plan.in, stack.group, x), weights + stack.weights,
                stack_of(stack, plan.mix_size, scratch.mixed), false);
  }
  if (!plan.mix_stacks.empty()) contract_mixed(plan, rows, m, scratch.mixed, z, !mixed_only);
  add_bias(plan.out, rows, bias, z);
}

template <class T>
void mix_backward(const MixingPlan& plan, std::int64_t rows, const T* weights, const T* transposed, const T* x,
                  const T* m, const T* gz, const MixingGradients<T>& out, const MixingScratch<T>& scratch) {
  if (out.x && !plan.contract_programs.backward_reaches_all) std::fill_n(out.x, rows * plan.in.size, T(0));
  if (!plan.contract_stacks.empty()) backward_contract_first(plan, rows, transposed, x, m, gz, out, scratch);
  if (!plan.mix_stacks.empty()) backward_mix_first(plan, rows, weights, transposed, x, m, gz, out, scratch);
}

#define COSET_INSTANTIATE(T)                                                                                       \
  template struct MixingScratch<T>;                                                                                \
  template void pair_values_backward<T>(const MixingPlan&, std::int64_t, const T*, T*);                            \
  template void contract_mixed<T>(const MixingPlan&, std::int64_t, const T*, const T*, T*, bool);                  \
  template void add_bias<T>(const ChannelLayout&, std::int64_t, const T*, T*);                                     \
  template void mix<T>(const MixingPlan&, std::int64_t, const T*, const T*, const T*, const T*, T*,                \
                       const MixingScratch<T>&);                                                                   \
  template void mix_backward<T>(const MixingPlan&, std::int64_t, const T*, const T*, const T*, const T*, const T*, \
                                const MixingGradients<T>&, const MixingScratch<T>&);
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
