#include "coset/nn/pooling.h"

#include "coset/base/error.h"
#include "coset/kernel/grid_symmetry.h"
#include "coset/nn/grid/grid_conv.h"

namespace coset::nn {
namespace {

void check_permutation(const char* where, const field::Field& f) {
  check(f.type().permutation(), "[", where, "] expected fields whose components are permuted; received ", f.type());
}

void check_kind(const char* where, Pool kind, Pool other) {
  check(kind == Pool::mean || kind == other, "[", where, "] expected the mean or the ",
        other == Pool::max ? "maximum" : "sum", "; received another way to pool");
}

Tensor windows(const Tensor& x, Pool kind, std::int64_t space, const SpatialPoolOptions& o) {
  const std::vector<std::int64_t> size(static_cast<std::size_t>(space), o.size), stride(size.size(), o.stride),
      padding(size.size(), o.padding);
  const bool max = kind == Pool::max;
  if (space == 1) return max ? at::max_pool1d(x, size, stride, padding) : at::avg_pool1d(x, size, stride, padding);
  if (space == 2) return max ? at::max_pool2d(x, size, stride, padding) : at::avg_pool2d(x, size, stride, padding);
  return max ? at::max_pool3d(x, size, stride, padding) : at::avg_pool3d(x, size, stride, padding);
}

}  // namespace

field::Field project(const field::Field& f, Pool kind) {
  check_permutation("nn::project", f);
  check_kind("nn::project", kind, Pool::max);
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < f.type().blocks().size(); ++i) {
    const Tensor block = f.block(i);  // (B, fields, dim, X...)
    parts.push_back(kind == Pool::max ? block.amax(2) : block.mean(2));
  }
  return {field::FieldType::trivial(f.type().shared_group(), f.type().fields()),
          parts.size() == 1 ? parts[0] : at::cat(parts, 1)};
}

Tensor global_pool(const field::Field& f, Pool kind) {
  const Tensor scalars = project(f, kind).data().flatten(2);  // (B, fields, X)
  return kind == Pool::max ? scalars.amax(2) : scalars.mean(2);
}

field::Field spatial_pool(const field::Field& f, Pool kind, const SpatialPoolOptions& o) {
  check_kind("nn::spatial_pool", kind, Pool::max);
  if (kind == Pool::max) check_permutation("nn::spatial_pool", f);
  if (turns_or_mirrors(f.type().group()))
    kernel::check_grid_symmetry("nn::spatial_pool", f.sizes(), {o.size, o.stride, o.padding, 1});
  return {f.type(), windows(f.data(), kind, f.type().space(), o)};
}

field::Field pool_nodes(const field::Field& f, const Tensor& graph_of_node, std::int64_t num_graphs, Pool kind) {
  check_kind("nn::pool_nodes", kind, Pool::sum);
  check(f.base() == field::Base::points && f.data().dim() == 2, "[nn::pool_nodes] expected a row per node; received ",
        shape_text(f.data().sizes()));
  Tensor pooled = at::zeros({num_graphs, f.data().size(1)}, f.data().options()).index_add(0, graph_of_node, f.data());
  if (kind == Pool::mean) {
    const Tensor size = at::zeros({num_graphs}, pooled.options())
                            .index_add(0, graph_of_node, at::ones({f.data().size(0)}, pooled.options()));
    pooled = pooled / size.clamp_min(1.0).unsqueeze(1);
  }
  return f.with(f.type(), pooled);
}

}  // namespace coset::nn
