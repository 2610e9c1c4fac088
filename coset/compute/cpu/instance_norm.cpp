#include "coset/compute/instance_norm.h"

#include <algorithm>
#include <cmath>

#include "coset/compute/cpu/row_kernels.h"
#include "coset/compute/cpu/scratch.h"
#include "coset/compute/kernel_report.h"
#include "coset/compute/parallel.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::compute {

std::string to_string(const InstanceNormPlan& plan) {
  return RecordWriter()
      .word("irreps", plan.irreps.to_string())
      .number("epsilon", plan.options.epsilon)
      .flag("sum_of_squares", plan.options.sum_of_squares)
      .text();
}

InstanceNormPlan parse_instance_norm_plan(const std::string& text) {
  RecordReader reader(text, "compute::parse_instance_norm_plan");
  InstanceNormPlan plan;
  plan.irreps = rep::read_irreps(reader, "irreps");
  if (plan.irreps.dim() > 1 << 24) reader.refuse("at most 2^24 columns", std::to_string(plan.irreps.dim()));
  plan.options.epsilon = reader.number("epsilon");
  plan.options.sum_of_squares = reader.flag("sum_of_squares");
  reader.end();
  return plan;
}

InstanceNorm::InstanceNorm(const rep::Irreps& irreps, InstanceNormOptions options) : options_(options) {
  for (const auto& block : irreps)
    for (std::int64_t u = 0; u < block.mul; ++u) {
      const std::int64_t dim = block.irrep.dim();
      if (block.irrep.is_scalar()) scalar_columns_.push_back(static_cast<std::int32_t>(copy_of_column_.size()));
      copy_of_column_.insert(copy_of_column_.end(), static_cast<std::size_t>(dim),
                             static_cast<std::int32_t>(share_.size()));
      share_.push_back(options.sum_of_squares ? 1.0 : 1.0 / static_cast<double>(dim));
    }
}

namespace {

/// Three passes over the rows of a graph, a fifth of a nanosecond a number each.
template <class T>
ItemCost graph_cost(const InstanceNormInputs<T>& in, std::int64_t columns) {
  const auto graphs = static_cast<double>(std::max<std::int64_t>(in.graphs, 1));
  const auto nodes = in.graphs > 0 ? static_cast<double>(in.row_start[in.graphs]) : 0.0;
  return {0.6 * static_cast<double>(columns) * (1.0 + nodes / graphs)};
}

}  // namespace

template <class T>
void InstanceNorm::forward_graph(const InstanceNormInputs<T>& in, std::int64_t graph, T* y, T* saved) const {
  const auto& kernels = row_kernels<T>();
  const std::int64_t columns = dim(), first = in.row_start[graph], nodes = in.row_start[graph + 1] - first;
  const T count = static_cast<T>(std::max<std::int64_t>(nodes, 1));
  ScratchFrame frame;
  T* work = frame.take<T>(4 * columns);
  T *sum = work, *squares = work + columns, *scale = squares + columns, *shift = scale + columns;
  T *mean = saved + graph * (columns + copies()), *inverse = mean + columns;
  y += first * columns;

  std::fill_n(work, 4 * columns, T(0));
  kernels.sum_columns(nodes, columns, in.x + first * columns, in.r ? in.r + first * columns : nullptr, y, sum);
  std::fill_n(mean, columns, T(0));
  for (const std::int32_t c : scalar_columns_) mean[c] = sum[c] / count;
  kernels.centred_squares(nodes, columns, y, mean, squares);
  std::fill_n(inverse, copies(), T(0));
  for (std::int64_t c = 0; c < columns; ++c) inverse[copy_of_column_[c]] += squares[c];
  for (std::int64_t k = 0; k < copies(); ++k)
    inverse[k] = T(1) / std::sqrt(inverse[k] * static_cast<T>(share_[k]) / count + static_cast<T>(options_.epsilon));
  for (std::int64_t c = 0; c < columns; ++c) scale[c] = inverse[copy_of_column_[c]] * in.w[copy_of_column_[c]];
  for (std::int64_t s = 0; s < scalars(); ++s) shift[scalar_columns_[s]] = in.b[s];
  kernels.scale_columns(nodes, columns, mean, scale, shift, y);
}

/// With A_k = sum of gy c over the rows and columns of copy k, and i_k = 1 / sqrt(v_k + epsilon):
///   gw_k = i_k A_k,   gz = w_k i_k (gy - mean of gy on 0e)  -  c w_k i_k^3 share_k A_k / nodes
template <class T>
void InstanceNorm::backward_graph(const InstanceNormInputs<T>& in, std::int64_t graph, const T* saved, const T* gy,
                                  T* gz, T* parameters) const {
  const auto& kernels = row_kernels<T>();
  const std::int64_t columns = dim(), first = in.row_start[graph], nodes = in.row_start[graph + 1] - first;
  const T count = static_cast<T>(std::max<std::int64_t>(nodes, 1));
  ScratchFrame frame;
  T* work = frame.take<T>(5 * columns);
  T *sum = work, *dots = sum + columns, *sums = dots + columns, *scale = sums + columns, *along = scale + columns;
  const T *mean = saved + graph * (columns + copies()), *inverse = mean + columns;
  T *gw = parameters + graph * (copies() + scalars()), *gb = gw + copies();
  T* z = gz ? gz + first * columns : frame.take<T>(nodes * columns);
  gy += first * columns;

  std::fill_n(work, 5 * columns, T(0));
  kernels.sum_columns(nodes, columns, in.x + first * columns, in.r ? in.r + first * columns : nullptr, z, sum);
  kernels.centred_dots(nodes, columns, z, mean, gy, dots, sums);
  std::fill_n(gw, copies(), T(0));
  for (std::int64_t c = 0; c < columns; ++c) gw[copy_of_column_[c]] += dots[c] * inverse[copy_of_column_[c]];
  for (std::int64_t s = 0; s < scalars(); ++s) gb[s] = sums[scalar_columns_[s]];
  if (!gz) return;
  T* shift = sum;  // the sums of z were the forward's affair
  std::fill_n(shift, columns, T(0));
  for (std::int64_t c = 0; c < columns; ++c) {
    const std::int32_t k = copy_of_column_[c];
    scale[c] = in.w[k] * inverse[k];
    along[c] = -scale[c] * inverse[k] * gw[k] * static_cast<T>(share_[k]) / count;
  }
  for (const std::int32_t c : scalar_columns_) shift[c] = -scale[c] * sums[c] / count;
  kernels.combine_columns(nodes, columns, mean, along, gy, scale, shift, z);
}

template <class T>
void InstanceNorm::forward(const InstanceNormInputs<T>& in, T* y, T* saved) const {
  count_kernel(Kernel::instance_norm);
  ScratchFrame frame;
  if (!saved) saved = frame.take<T>(saved_numel(in.graphs));
  parallel_blocks(in.graphs, graph_cost(in, dim()), [&](std::int64_t graph) { forward_graph(in, graph, y, saved); });
}

template <class T>
void InstanceNorm::backward(const InstanceNormInputs<T>& in, const T* saved, const T* gy,
                            const InstanceNormGradients<T>& out) const {
  count_kernel(Kernel::instance_norm);
  const std::int64_t width = copies() + scalars();
  ScratchFrame frame;
  T* parameters = frame.take<T>(in.graphs * width);
  parallel_blocks(in.graphs, graph_cost(in, 2 * dim()),
                  [&](std::int64_t graph) { backward_graph(in, graph, saved, gy, out.z, parameters); });
  const auto sum = [&](std::int64_t from, std::int64_t count, T* to) {
    if (!to) return;
    std::fill_n(to, count, T(0));
    for (std::int64_t graph = 0; graph < in.graphs; ++graph)
      for (std::int64_t k = 0; k < count; ++k) to[k] += parameters[graph * width + from + k];
  };
  sum(0, copies(), out.w);
  sum(copies(), scalars(), out.b);
}

#define COSET_INSTANTIATE(T)                                                                \
  template void InstanceNorm::forward<T>(const InstanceNormInputs<T>&, T*, T*) const;       \
  template void InstanceNorm::backward<T>(const InstanceNormInputs<T>&, const T*, const T*, \
                                          const InstanceNormGradients<T>&) const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
