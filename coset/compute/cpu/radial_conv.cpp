#include "coset/compute/radial_conv.h"

#include <algorithm>
#include <vector>

#include "coset/base/error.h"
#include "coset/compute/cpu/channelwise.h"
#include "coset/compute/cpu/channelwise_kernels.h"
#include "coset/compute/cpu/channelwise_pattern.h"
#include "coset/compute/cpu/edge_runs.h"
#include "coset/compute/cpu/row_kernels.h"
#include "coset/compute/cpu/scratch.h"
#include "coset/compute/parallel.h"

namespace coset::compute {

namespace {

constexpr std::int64_t kMostTasks = 512;

std::int64_t task_count(std::int64_t edges) {
  return std::clamp<std::int64_t>(edges / 128, 1, kMostTasks);
}

bool all_padded(const rep::Irreps& irreps) {
  return std::all_of(irreps.begin(), irreps.end(), [](const auto& b) { return b.mul % kLanePadding == 0; });
}

/// Where each block of `blocks` begins in rows of the merged irreps, and the distance between its components.
struct Merged {
  rep::Irreps irreps;
  std::vector<std::int64_t> offset, component;

  explicit Merged(const rep::Irreps& blocks) : irreps(blocks.simplify()) {
    const auto offsets = irreps.offsets();
    std::size_t place = 0;
    std::int64_t before = 0;
    for (const auto& block : blocks) {
      if (block.mul > 0 && (irreps[place].irrep != block.irrep || before == irreps[place].mul)) ++place, before = 0;
      offset.push_back(offsets[place] + before);
      component.push_back(irreps[place].mul);
      before += block.mul;
    }
  }
};

}  // namespace

struct RadialConv::Paths {
  std::int64_t x_size = 0, y_size = 0, z_size = 0, pairs = 0;
  std::vector<ChannelwisePath> paths;
  std::vector<PairTriple> triples;    ///< by pair
  std::vector<PairTriple> by_column;  ///< by column of y
};

RadialConv::RadialConv(const rep::TensorProductPlan& plan) {
  auto made = std::make_shared<Paths>();
  check(ChannelwiseKernel::fits(plan) && all_padded(plan.in1) && all_padded(plan.out),
        "[compute::RadialConv] expected uvu paths with weights, mul2 = 1 and multiplicities that are multiples of ",
        kLanePadding, "; received ", plan.in1.to_string(), " to ", plan.out.to_string());
  const Merged merged(plan.out);
  out_ = merged.irreps;
  made->x_size = plan.in1.dim();
  made->y_size = plan.in2.dim();
  made->z_size = out_.dim();
  for (const auto& path : plan.paths) {
    const auto out = static_cast<std::size_t>(path.instruction.out);
    ChannelwisePath p;
    p.l1 = path.l1;
    p.l2 = path.l2;
    p.l3 = path.l3;
    p.channels = path.mul1;
    p.x_offset = path.offset1;
    p.x_component = path.mul1;
    p.z_offset = merged.offset[out];
    p.z_component = merged.component[out];
    p.w_offset = path.weight_offset;
    p.first_pair = made->pairs;
    for (int k = 0; k < 2 * p.l3 + 1; ++k)
      for (int i = 0; i < 2 * p.l1 + 1; ++i)
        if (pair_possible(p.l1, p.l2, p.l3, k, i)) p.pairs.push_back({k, i});
    for (const auto& c : path.coupling)
      made->triples.push_back({static_cast<std::int32_t>(made->pairs) + pair_number(p.l1, p.l2, p.l3, c.k, c.i),
                               static_cast<std::int32_t>(path.offset2) + c.j, path.coefficient * c.value});
    made->pairs += static_cast<std::int64_t>(p.pairs.size());
    made->paths.push_back(std::move(p));
  }
  std::stable_sort(made->triples.begin(), made->triples.end(),
                   [](const auto& a, const auto& b) { return a.pair < b.pair; });
  made->by_column = made->triples;
  std::stable_sort(made->by_column.begin(), made->by_column.end(),
                   [](const auto& a, const auto& b) { return a.column < b.column; });
  paths_ = std::move(made);
}

template <class T>
void RadialConv::forward(const RadialEdges<T>& edges, const RadialWeights<T>& weights, const T* x, T* z) const {
  const Paths& all = *paths_;
  const EdgeIndex& index = edges.index;
  const std::int64_t w_size = weights.columns();
  const std::int64_t tasks = task_count(index.edges);
  parallel_blocks(tasks, [&](std::int64_t task) {
    ScratchFrame frame;
    T* const m = frame.take<T>(all.pairs * kPairColumns);
    T* const w = frame.take<T>(w_size * kPairColumns);
    T* const radial = frame.take<T>(weights.scratch_size(kPairColumns));
    auto fill = [&](std::int64_t edge, std::int64_t count) {
      pair_columns<T>(all.triples, all.pairs, count, edges.y + edge * all.y_size, all.y_size, nullptr, m);
      weights.values({edge, count, nullptr}, edges.radial, false, radial, w);
    };
    auto run = [&](std::int64_t node, std::int64_t edge, std::int64_t count, std::int64_t column, bool started) {
      T* const to = z + node * all.z_size;
      if (!started) std::fill_n(to, all.z_size, T(0));
      if (count == 0) return;
      const ChannelwiseForward<T> call{count,  index.sender + edge, x,  all.x_size, w + column * w_size,
                                       w_size, m + column,          to, true,       {}};
      for (const ChannelwisePath& path : all.paths) channelwise_kernels<T>().forward(path, call);
    };
    for_runs(index.receiver_start, task_nodes(index.receiver_start, index.receivers, task, tasks), fill, run, [] {});
  });
}

template <class T>
void RadialConv::backward(const RadialEdges<T>& edges, const RadialWeights<T>& weights, const T* x, const T* gz,
                          const RadialConvGradients<T>& out) const {
  const Paths& all = *paths_;
  const EdgeIndex& index = edges.index;
  check(index.by_sender_start && (index.edges == 0 || (index.by_sender_edge && index.receiver)),
        "[compute::RadialConv] expected edges grouped by sender; received none");
  const ChannelwiseKernels<T>& kernels = channelwise_kernels<T>();
  const std::int64_t w_size = weights.columns();
  const std::int64_t tasks = task_count(index.edges);
  parallel_blocks(tasks, [&](std::int64_t task) {
    ScratchFrame frame;
    T* const m = frame.take<T>(all.pairs * kPairColumns);
    T* const w = frame.take<T>(w_size * kPairColumns);
    T* const gw = frame.take<T>(w_size * kPairColumns);
    T* const radial = frame.take<T>(weights.scratch_size(kPairColumns));
    T* const gm = frame.take<T>(all.pairs * kLanePadding);
    std::fill_n(gm, all.pairs * kLanePadding, T(0));
    EdgeRun now;
    auto fill = [&](std::int64_t place, std::int64_t count) {
      now = {0, count, index.by_sender_edge + place};
      pair_columns<T>(all.triples, all.pairs, count, edges.y, all.y_size, now.index, m);
      weights.values(now, edges.radial, true, radial, w);
    };
    auto run = [&](std::int64_t node, std::int64_t first, std::int64_t count, std::int64_t column, bool started) {
      T* const gx = out.x ? out.x + node * all.x_size : nullptr;
      if (gx && !started) std::fill_n(gx, all.x_size, T(0));
      for (std::int64_t p = 0; p < count; ++p) {
        const std::int64_t e = index.by_sender_edge[first + p];
        ChannelwiseBackward<T> one;
        one.x = x + node * all.x_size;
        one.w = w + (column + p) * w_size;
        one.m = m + column + p;
        one.gz = gz + index.receiver[e] * all.z_size;
        one.gx = gx;
        one.gw = gw + (column + p) * w_size;
        one.gm = gm;
        for (const ChannelwisePath& path : all.paths) kernels.backward_whole(path, one);
        kernels.reduce_y(all.by_column, all.y_size, gm, out.y + e * all.y_size, true);
      }
    };
    auto finish = [&] { weights.pull(now, radial, gw, out.distance); };
    for_runs(index.by_sender_start, task_nodes(index.by_sender_start, index.senders, task, tasks), fill, run, finish);
  });
}

#define COSET_INSTANTIATE(T)                                                                                \
  template void RadialConv::forward<T>(const RadialEdges<T>&, const RadialWeights<T>&, const T*, T*) const; \
  template void RadialConv::backward<T>(const RadialEdges<T>&, const RadialWeights<T>&, const T*, const T*, \
                                        const RadialConvGradients<T>&) const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
