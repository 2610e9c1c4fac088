#include "coset/compute/cpu/mixing_plan.h"

#include <algorithm>
#include <map>
#include <utility>

namespace coset::compute {

namespace {

using rep::TensorProductPath;

MixingSlot make_slot(MixingPlan& plan, const TensorProductPath& path, std::size_t in, std::size_t out,
                     MixingOrder order) {
  std::map<std::pair<int, int>, std::int64_t> number;
  for (const auto& c : path.coupling) number.try_emplace({c.k, c.i}, 0);
  MixingSlot slot;
  slot.in = in;
  slot.out = out;
  slot.block = path.instruction.in2;
  for (auto& [pair, index] : number) {
    index = plan.pairs++;
    slot.pairs.push_back({pair.first, pair.second, index});
  }
  for (const auto& c : path.coupling)
    plan.triples.push_back(
        {static_cast<std::int32_t>(number[{c.k, c.i}]), static_cast<std::int32_t>(path.offset2) + c.j, c.value});
  slot.contract_first = order == MixingOrder::cheapest && path.l3 <= path.l1;
  return slot;
}

void add_path(MixingPlan& plan, const TensorProductPath& path, MixingOrder order) {
  const BlockPlace& in = plan.in.blocks[static_cast<std::size_t>(path.instruction.in1)];
  const BlockPlace& out = plan.out.blocks[static_cast<std::size_t>(path.instruction.out)];
  auto slot = std::find_if(plan.slots.begin(), plan.slots.end(), [&](const MixingSlot& s) {
    return s.in == in.group && s.out == out.group && s.block == path.instruction.in2;
  });
  if (slot == plan.slots.end()) slot = plan.slots.insert(slot, make_slot(plan, path, in.group, out.group, order));
  plan.pieces.push_back({static_cast<std::size_t>(slot - plan.slots.begin()), in.first, in.mul, out.first, out.mul,
                         path.weight_offset, path.coefficient});
}

/// Places every slot of one order in the stack of its group.
std::vector<MixingStack> make_stacks(MixingPlan& plan, bool contract_first, std::int64_t& size) {
  std::vector<MixingStack> stacks;
  const auto& groups = contract_first ? plan.out.groups : plan.in.groups;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    MixingStack stack;
    stack.group = g;
    for (std::size_t s = 0; s < plan.slots.size(); ++s) {
      MixingSlot& slot = plan.slots[s];
      if (slot.contract_first != contract_first || (contract_first ? slot.out : slot.in) != g) continue;
      slot.column = stack.width;
      stack.width += contract_first ? plan.in.groups[slot.in].mul : plan.out.groups[slot.out].mul;
      stack.slots.push_back(s);
    }
    if (stack.slots.empty()) continue;
    // A spilling vector store of the last slot may reach one vector beyond its channels.
    stack.stride = padded(stack.width) + kLanePadding;
    stack.offset = size;
    size += stack.stride * groups[g].dim();
    const std::int64_t mul = groups[g].mul;
    stack.weights = plan.weights_size;
    stack.transposed = plan.transposed_size;
    plan.weights_size += contract_first ? stack.width * padded(mul) : mul * padded(stack.width);
    plan.transposed_size += contract_first ? mul * padded(stack.width) : stack.width * padded(mul);
    stacks.push_back(std::move(stack));
  }
  return stacks;
}

/// A term of some slot's contraction, seen from its output.
struct Term {
  std::int64_t to, channels, from, pair;
};

/// Outputs in increasing offset, so that a spilling vector never reaches an earlier one.
Contraction make_program(std::vector<Term> terms) {
  std::stable_sort(terms.begin(), terms.end(), [](const Term& a, const Term& b) { return a.to < b.to; });
  Contraction program;
  for (const Term& t : terms) {
    if (program.outputs.empty() || program.outputs.back().offset != t.to) {
      const auto begin = static_cast<std::int32_t>(program.entries.size());
      program.outputs.push_back({static_cast<std::int32_t>(t.to), static_cast<std::int32_t>(t.channels), begin, begin});
    }
    program.entries.push_back({static_cast<std::int32_t>(t.from), static_cast<std::int32_t>(t.pair)});
    program.outputs.back().end = static_cast<std::int32_t>(program.entries.size());
  }
  return program;
}

MixingPrograms make_programs(const MixingPlan& plan, const std::vector<MixingStack>& stacks, bool contract_first) {
  std::vector<Term> apply;
  std::vector<Term> backward;
  MixingPrograms programs;
  for (const MixingStack& stack : stacks)
    for (const std::size_t s : stack.slots) {
      const MixingSlot& slot = plan.slots[s];
      const ChannelGroup& in = plan.in.groups[slot.in];
      const ChannelGroup& out = plan.out.groups[slot.out];
      for (const MixingPair& pair : slot.pairs) {
        const std::int64_t middle = stack.offset + (contract_first ? pair.k : pair.i) * stack.stride + slot.column;
        const std::int64_t outer = contract_first ? in.offset + pair.i * in.stride : out.offset + pair.k * out.stride;
        const std::int64_t channels = contract_first ? in.mul : out.mul;
        const std::int64_t to = contract_first ? middle : outer;
        const std::int64_t from = contract_first ? outer : middle;
        apply.push_back({to, channels, from, pair.number});
        backward.push_back({from, channels, to, pair.number});
        const std::int64_t gradient = contract_first ? middle : outer;
        const std::int64_t value = contract_first ? outer : middle;
        programs.dots.push_back({static_cast<std::int32_t>(gradient), static_cast<std::int32_t>(value),
                                 static_cast<std::int32_t>(channels), static_cast<std::int32_t>(pair.number)});
      }
    }
  auto components = [](const ChannelLayout& layout) {
    std::size_t count = 0;
    for (const ChannelGroup& group : layout.groups) count += static_cast<std::size_t>(group.dim());
    return count;
  };
  programs.apply = make_program(std::move(apply));
  programs.backward = make_program(std::move(backward));
  programs.apply_reaches_all = !contract_first && programs.apply.outputs.size() == components(plan.out);
  programs.backward_reaches_all = contract_first && programs.backward.outputs.size() == components(plan.in);
  return programs;
}

/// One path's weights: (mul_in, mul_out) in the flat ones, a window of a stack's matrix, and of the transposed one.
struct WeightBlock {
  std::int64_t rows, columns;
  std::int64_t flat;
  std::int64_t packed, ld;
  std::int64_t transposed, ld_transposed;
  double coefficient;
};

/// Calls f(WeightBlock) for every path.
template <class F>
void for_blocks(const MixingPlan& plan, F&& f) {
  for (const bool contract_first : {true, false})
    for (const MixingStack& stack : contract_first ? plan.contract_stacks : plan.mix_stacks)
      for (const MixingPiece& piece : plan.pieces) {
        const MixingSlot& slot = plan.slots[piece.slot];
        if (slot.contract_first != contract_first || (contract_first ? slot.out : slot.in) != stack.group) continue;
        const std::int64_t row = piece.first_in + (contract_first ? slot.column : 0);
        const std::int64_t column = piece.first_out + (contract_first ? 0 : slot.column);
        const auto& groups = contract_first ? plan.out.groups : plan.in.groups;
        const std::int64_t mul = groups[stack.group].mul;
        const std::int64_t ld = contract_first ? padded(mul) : padded(stack.width);
        const std::int64_t ld_transposed = contract_first ? padded(stack.width) : padded(mul);
        f(WeightBlock{piece.mul_in, piece.mul_out, piece.weight_offset, stack.weights + row * ld + column, ld,
                      stack.transposed + column * ld_transposed + row, ld_transposed, piece.coefficient});
      }
}

/// to[c * ld + r] = scale * from[r * columns + c], a strip of columns at a time: its target lines stay in the cache.
template <class T>
void transpose(std::int64_t rows, std::int64_t columns, T scale, const T* from, T* to, std::int64_t ld) {
  constexpr std::int64_t kStrip = 16;
  for (std::int64_t begin = 0; begin < columns; begin += kStrip) {
    const std::int64_t end = std::min(columns, begin + kStrip);
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = begin; c < end; ++c) to[c * ld + r] = scale * from[r * columns + c];
  }
}

}  // namespace

bool mixing_fits(const rep::TensorProductPlan& plan) {
  const auto holds_something = [](const TensorProductPath& path) { return path.mul1 > 0 && path.mul_out > 0; };
  if (std::ranges::none_of(plan.paths, holds_something) || plan.in2.dim() > kMostAttributes) return false;
  return std::all_of(plan.paths.begin(), plan.paths.end(), [](const TensorProductPath& path) {
    return path.instruction.mode == rep::ConnectionMode::uvw && path.instruction.has_weight && path.mul2 == 1;
  });
}

MixingPlan make_mixing_plan(const rep::TensorProductPlan& plan, MixingOrder order) {
  MixingPlan out;
  out.in = make_channel_layout(plan.in1);
  out.out = make_channel_layout(plan.out);
  out.y_size = plan.in2.dim();
  out.weight_numel = plan.weight_numel;
  for (const auto& path : plan.paths)
    if (path.mul1 > 0 && path.mul_out > 0) add_path(out, path, order);
  std::stable_sort(out.triples.begin(), out.triples.end(),
                   [](const auto& a, const auto& b) { return a.pair < b.pair; });
  out.contract_stacks = make_stacks(out, true, out.contract_size);
  out.mix_stacks = make_stacks(out, false, out.mix_size);
  out.contract_programs = make_programs(out, out.contract_stacks, true);
  out.mix_programs = make_programs(out, out.mix_stacks, false);
  return out;
}

template <class T>
void pack_weights(const MixingPlan& plan, const T* w, T* weights, T* transposed) {
  std::fill_n(weights, plan.weights_size, T(0));
  if (transposed) std::fill_n(transposed, plan.transposed_size, T(0));
  for_blocks(plan, [&](const WeightBlock& block) {
    const T scale = static_cast<T>(block.coefficient);
    const T* from = w + block.flat;
    for (std::int64_t r = 0; r < block.rows; ++r) {
      T* to = weights + block.packed + r * block.ld;
      for (std::int64_t c = 0; c < block.columns; ++c) to[c] = scale * from[r * block.columns + c];
    }
    if (transposed)
      transpose(block.rows, block.columns, scale, from, transposed + block.transposed, block.ld_transposed);
  });
}

template <class T>
void unpack_weight_gradient(const MixingPlan& plan, const T* packed, T* gw) {
  for_blocks(plan, [&](const WeightBlock& block) {
    const T scale = static_cast<T>(block.coefficient);
    for (std::int64_t r = 0; r < block.rows; ++r) {
      const T* from = packed + block.packed + r * block.ld;
      T* to = gw + block.flat + r * block.columns;
      for (std::int64_t c = 0; c < block.columns; ++c) to[c] += scale * from[c];
    }
  });
}

#define COSET_INSTANTIATE(T)                                          \
  template void pack_weights<T>(const MixingPlan&, const T*, T*, T*); \
  template void unpack_weight_gradient<T>(const MixingPlan&, const T*, T*);
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
