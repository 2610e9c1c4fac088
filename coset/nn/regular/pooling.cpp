#include "coset/nn/regular/pooling.h"

#include "coset/base/error.h"
#include "coset/kernel/grid_symmetry.h"
#include "coset/nn/regular/planned_conv.h"

namespace coset::nn {
namespace {

void check_permutation(const char* where, const field::RegularField& f) {
  check(f.type().permutation(), "[", where, "] expected fields whose components are permuted; received ",
        f.type().to_string());
}

Tensor windows(const Tensor& x, PoolKind kind, std::int64_t space, const SpatialPoolOptions& o) {
  const std::vector<std::int64_t> size(static_cast<std::size_t>(space), o.size), stride(size.size(), o.stride),
      padding(size.size(), o.padding);
  const bool max = kind == PoolKind::max;
  if (space == 1) return max ? at::max_pool1d(x, size, stride, padding) : at::avg_pool1d(x, size, stride, padding);
  if (space == 2) return max ? at::max_pool2d(x, size, stride, padding) : at::avg_pool2d(x, size, stride, padding);
  return max ? at::max_pool3d(x, size, stride, padding) : at::avg_pool3d(x, size, stride, padding);
}

}  // namespace

field::RegularField project(const field::RegularField& f, PoolKind kind) {
  check_permutation("nn::project", f);
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < f.type().blocks().size(); ++i) {
    const Tensor block = f.block(i);  // (B, fields, dim, X...)
    parts.push_back(kind == PoolKind::max ? block.amax(2) : block.mean(2));
  }
  return {field::FieldType::trivial(f.type().shared_group(), f.type().fields()),
          parts.size() == 1 ? parts[0] : at::cat(parts, 1)};
}

Tensor global_pool(const field::RegularField& f, PoolKind kind) {
  const Tensor scalars = project(f, kind).data().flatten(2);  // (B, fields, X)
  return kind == PoolKind::max ? scalars.amax(2) : scalars.mean(2);
}

field::RegularField spatial_pool(const field::RegularField& f, PoolKind kind, const SpatialPoolOptions& o) {
  if (kind == PoolKind::max) check_permutation("nn::spatial_pool", f);
  if (turns_or_mirrors(f.type().group()))
    kernel::check_grid_symmetry("nn::spatial_pool", f.sizes(), {o.size, o.stride, o.padding, 1});
  return {f.type(), windows(f.data(), kind, f.type().space(), o)};
}

}  // namespace coset::nn
