#include "coset/compute/cpu/fully_connected.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"

namespace coset::compute {

namespace {

constexpr std::int64_t kMostSlabs = 16;

RowPart whole_row(const ChannelLayout& layout) {
  return {0, layout.blocks.size(), layout.public_size};
}

}  // namespace

rep::Irreps gate_output(const GateShape& shape) {
  std::vector<rep::MulIrrep> blocks;
  if (shape.scalars > 0) blocks.push_back({shape.scalars, {0, 1}});
  blocks.insert(blocks.end(), shape.gated.begin(), shape.gated.end());
  return blocks;
}

GatePlan make_gate_plan(const GateShape& shape, const ChannelLayout& in, const ChannelLayout& out) {
  const std::int64_t even = in.find({0, 1});
  const std::int64_t even_mul = even < 0 ? 0 : in.groups[static_cast<std::size_t>(even)].mul;
  check(even_mul == shape.scalars + shape.gates(), "[compute::gate] expected ", shape.scalars + shape.gates(),
        " even scalars (scalars and gates); received ", even_mul);
  check(in.groups.size() == shape.gated.size() + (even < 0 ? 0 : 1), "[compute::gate] expected ", shape.gated.size(),
        " gated irreps in the product; received ", in.groups.size() - (even < 0 ? 0 : 1));
  GatePlan plan;
  plan.scalars = shape.scalars;
  plan.scalar_factor = shape.scalar_factor;
  plan.gate_factor = shape.gate_factor;
  if (even >= 0) plan.scalars_in = in.groups[static_cast<std::size_t>(even)].offset;
  if (shape.scalars > 0) plan.scalars_out = out.groups[static_cast<std::size_t>(out.find({0, 1}))].offset;
  std::int64_t gate = plan.scalars_in + shape.scalars;
  for (const auto& block : shape.gated) {
    const std::int64_t from = in.find(block.irrep);
    check(from >= 0 && in.groups[static_cast<std::size_t>(from)].mul == block.mul && !block.irrep.is_scalar(),
          "[compute::gate] expected each gated irrep once, with ", block.mul, "x", block.irrep.to_string(),
          " in the product");
    const ChannelGroup& source = in.groups[static_cast<std::size_t>(from)];
    const ChannelGroup& target = out.groups[static_cast<std::size_t>(out.find(block.irrep))];
    plan.groups.push_back({gate, source.offset, target.offset, source.stride, target.stride, source.dim(), block.mul});
    gate += block.mul;
  }
  return plan;
}

std::int64_t slab_count(std::int64_t items, std::int64_t smallest) {
  return std::clamp<std::int64_t>(items / smallest, 1, kMostSlabs);
}

template <class T>
void sum_slabs(std::int64_t slabs, std::int64_t size, T* data) {
  if (slabs == 1) return;
  const RowKernels<T>& kernels = row_kernels<T>();
  parallel_ranges(size, 4096, ItemCost{0.1 * static_cast<double>(slabs)}, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = 1; s < slabs; ++s) kernels.add(end - begin, data + s * size + begin, data + begin);
  });
}

FullyConnectedKernel::FullyConnectedKernel(const rep::TensorProductPlan& plan, const std::vector<int>& part_blocks,
                                           const std::optional<GateShape>& gate)
    : plan_(make_mixing_plan(plan)) {
  std::size_t block = 0;
  for (const int blocks : part_blocks) {
    RowPart part{block, block + static_cast<std::size_t>(blocks), 0};
    check(part.end_block <= plan_.in.blocks.size(), "[compute::GatedProduct] expected parts with ",
          plan_.in.blocks.size(), " blocks in all; received more");
    for (; block < part.end_block; ++block) part.columns += plan_.in.blocks[block].mul * plan_.in.blocks[block].dim;
    parts_.push_back(part);
  }
  check(block == plan_.in.blocks.size(), "[compute::GatedProduct] expected parts with ", plan_.in.blocks.size(),
        " blocks in all; received ", block);
  if (!gate) return;
  gated_ = make_channel_layout(gate_output(*gate));
  gate_ = make_gate_plan(*gate, plan_.out, gated_);
}

/// A weight costs 2l+1 multiply-adds, ten of them a nanosecond; moving a row as much as a column each.
ItemCost FullyConnectedKernel::row_cost(double passes) const {
  return {passes * 0.2 * static_cast<double>(plan_.weight_numel + plan_.in.size + plan_.out.size)};
}

std::int64_t FullyConnectedKernel::bias_size() const {
  const std::int64_t group = plan_.out.find({0, 1});
  return group < 0 ? 0 : plan_.out.groups[static_cast<std::size_t>(group)].mul;
}

/// Arrays of one chunk.
template <class T>
struct FullyConnectedKernel::Chunk {
  T* x;
  T* m;
  T* z;
  T* gated;

  Chunk(ScratchFrame& frame, const FullyConnectedKernel& kernel)
      : x(frame.take<T>(kChunkRows * kernel.plan_.in.size)),
        m(frame.take<T>(kPairColumns * kernel.plan_.pairs)),
        z(frame.take<T>(kChunkRows * kernel.plan_.out.size)),
        gated(frame.take<T>(kChunkRows * kernel.gated_.size)) {
    std::fill_n(x, kChunkRows * kernel.plan_.in.size, T(0));
    std::fill_n(gated, kChunkRows * kernel.gated_.size, T(0));
  }

  void load(const FullyConnectedKernel& kernel, const FullyConnectedInputs<T>& in, std::int64_t row,
            std::int64_t rows) {
    for (std::size_t p = 0; p < kernel.parts_.size(); ++p)
      load_part(kernel.plan_.in, kernel.parts_[p], rows, in.x[p] + row * kernel.parts_[p].columns, in.channels_inside,
                x);
    pair_values(kernel.plan_, rows, in.y + row * kernel.plan_.y_size, m);
  }
};

template <class T>
void FullyConnectedKernel::forward(const FullyConnectedInputs<T>& in, T* z, T* saved) const {
  ScratchFrame outer;
  T* weights = outer.take<T>(plan_.weights_size);
  pack_weights<T>(plan_, in.w, weights, nullptr);
  parallel_ranges(in.rows, kChunkRows, row_cost(1.0), [&](std::int64_t begin, std::int64_t end) {
    ScratchFrame frame;
    Chunk<T> chunk(frame, *this);
    const MixingScratch<T> scratch(frame, plan_, false);
    const std::int64_t rows = end - begin;
    T* pre = saved ? saved + begin * plan_.out.size : chunk.z;
    chunk.load(*this, in, begin, rows);
    mix(plan_, rows, weights, in.bias, chunk.x, chunk.m, pre, scratch);
    if (gate_) row_kernels<T>().gate(*gate_, rows, pre, plan_.out.size, chunk.gated, gated_.size);
    const ChannelLayout& layout = output();
    store_part(layout, whole_row(layout), rows, gate_ ? chunk.gated : pre, in.channels_inside,
               z + begin * layout.public_size, in.accumulate);
  });
}

template <class T>
void FullyConnectedKernel::load_upstream(const T* saved, const T* gz, std::int64_t row, std::int64_t rows,
                                         bool channels_inside, T* gated, T* upstream) const {
  const ChannelLayout& layout = output();
  load_part(layout, whole_row(layout), rows, gz + row * layout.public_size, channels_inside, gate_ ? gated : upstream);
  if (gate_)
    row_kernels<T>().gate_backward(*gate_, rows, saved + row * plan_.out.size, plan_.out.size, gated, gated_.size,
                                   upstream);
}

template <class T>
void FullyConnectedKernel::backward_rows(const FullyConnectedInputs<T>& in, const T* saved, const T* gz,
                                         const FullyConnectedGradients<T>& out, const T* weights, const T* transposed,
                                         std::int64_t begin, std::int64_t end, T* gweights, T* gbias) const {
  ScratchFrame frame;
  Chunk<T> chunk(frame, *this);
  const MixingScratch<T> scratch(frame, plan_, true);
  const std::int64_t x_size = kChunkRows * plan_.in.size;
  T* gx = out.x ? frame.take<T>(x_size) : nullptr;
  T* gm = out.y ? frame.take<T>(kChunkRows * plan_.pairs) : nullptr;
  std::fill_n(chunk.z, kChunkRows * plan_.out.size, T(0));
  const std::int64_t even = plan_.out.find({0, 1});
  for (std::int64_t row = begin; row < end; row += kChunkRows) {
    const std::int64_t rows = std::min(kChunkRows, end - row);
    chunk.load(*this, in, row, rows);
    load_upstream(saved, gz, row, rows, in.channels_inside, chunk.gated, chunk.z);
    if (gm) std::fill_n(gm, rows * plan_.pairs, T(0));
    mix_backward(plan_, rows, weights, transposed, chunk.x, chunk.m, chunk.z, {gx, gm, gweights, row == begin},
                 scratch);
    if (gbias && even >= 0) {
      const ChannelGroup& scalars = plan_.out.groups[static_cast<std::size_t>(even)];
      for (std::int64_t r = 0; r < rows; ++r)
        row_kernels<T>().add(scalars.mul, chunk.z + r * plan_.out.size + scalars.offset, gbias);
    }
    for (std::size_t p = 0; gx && p < parts_.size(); ++p)
      if (out.x[p])
        store_part(plan_.in, parts_[p], rows, gx, in.channels_inside, out.x[p] + row * parts_[p].columns, out.add_x);
    if (!gm) continue;
    if (!out.add_y) std::fill_n(out.y + row * plan_.y_size, rows * plan_.y_size, T(0));
    pair_values_backward(plan_, rows, gm, out.y + row * plan_.y_size);
  }
}

template <class T>
void FullyConnectedKernel::backward(const FullyConnectedInputs<T>& in, const T* saved, const T* gz,
                                    const FullyConnectedGradients<T>& out) const {
  ScratchFrame outer;
  T* weights = outer.take<T>(plan_.weights_size);
  T* transposed = outer.take<T>(plan_.transposed_size);
  pack_weights(plan_, in.w, weights, transposed);
  const std::int64_t slabs = slab_count(in.rows, 2 * kChunkRows);
  const std::int64_t grain = std::max<std::int64_t>(1, (in.rows + slabs - 1) / slabs);
  const std::int64_t bias = padded(bias_size());
  const std::int64_t slab = plan_.weights_size + bias;
  T* sums = out.w || out.bias ? outer.take<T>(slabs * slab) : nullptr;
  if (sums && in.rows == 0) std::fill_n(sums, slabs * slab, T(0));
  parallel_ranges(in.rows, grain, row_cost(3.0), [&](std::int64_t begin, std::int64_t end) {
    T* gweights = sums ? sums + begin / grain * slab : nullptr;
    if (out.bias) std::fill_n(gweights + plan_.weights_size, bias, T(0));
    backward_rows(in, saved, gz, out, weights, transposed, begin, end, out.w ? gweights : nullptr,
                  out.bias ? gweights + plan_.weights_size : nullptr);
  });
  if (!sums) return;
  sum_slabs(slabs, slab, sums);
  if (out.w) {
    if (!out.add_w) std::fill_n(out.w, plan_.weight_numel, T(0));
    unpack_weight_gradient(plan_, sums, out.w);
  }
  if (out.bias) std::copy_n(sums + plan_.weights_size, bias_size(), out.bias);
}

#define COSET_INSTANTIATE(T)                                                                          \
  template void sum_slabs<T>(std::int64_t, std::int64_t, T*);                                         \
  template void FullyConnectedKernel::forward<T>(const FullyConnectedInputs<T>&, T*, T*) const;       \
  template void FullyConnectedKernel::backward<T>(const FullyConnectedInputs<T>&, const T*, const T*, \
                                                  const FullyConnectedGradients<T>&) const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
