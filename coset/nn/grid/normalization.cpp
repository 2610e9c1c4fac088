#include "coset/nn/grid/normalization.h"

#include "coset/base/error.h"
#include "coset/nn/batch_statistics.h"
#include "coset/nn/grid/grid_conv.h"

namespace coset::nn {
namespace {

using field::FieldBlock;

/// Per-field numbers (fields) against a block (B, fields, ...).
Tensor over(const Tensor& per_field, const Tensor& block) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(block.dim()), 1);
  shape[1] = per_field.size(0);
  return per_field.view(shape);
}

Tensor joined(const std::vector<Tensor>& blocks) {
  return blocks.size() == 1 ? blocks[0].flatten(1, 2) : [&] {
    std::vector<Tensor> flat;
    for (const Tensor& block : blocks) flat.push_back(block.flatten(1, 2));
    return at::cat(flat, 1);
  }();
}

/// Normalised over `axes`, sample statistics only.
Tensor standardised(const Tensor& block, const std::vector<std::int64_t>& axes, const FieldBlock& kind,
                    double epsilon) {
  if (!kind.rep.permutation) return block * at::rsqrt(block.square().mean(axes, true) + epsilon);
  const Tensor centred = block - block.mean(axes, true);
  return centred * at::rsqrt(centred.square().mean(axes, true) + epsilon);
}

/// All axes of a block from `first` on.
std::vector<std::int64_t> axes_from(std::int64_t first, const Tensor& block) {
  std::vector<std::int64_t> axes;
  for (std::int64_t a = first; a < block.dim(); ++a) axes.push_back(a);
  return axes;
}

}  // namespace

FieldNorm::FieldNorm(field::FieldType type, const FieldNormOptions& options)
    : type_(std::move(type)), options_(options) {
  if (!options_.affine) return;
  weight = register_parameter("weight", at::ones({type_.fields()}));
  bias = register_parameter("bias", at::zeros({type_.fields()}));
}

void FieldNorm::change_grid(const field::GridPtr& grid) {
  type_ = on_grid("nn::FieldNorm::change_grid", type_, grid);
}

Tensor FieldNorm::sliced(const Tensor& per_field, std::int64_t first, std::int64_t count) const {
  return per_field.defined() ? per_field.narrow(0, first, count) : Tensor();
}

Tensor FieldNorm::affine(const Tensor& block, std::size_t index, std::int64_t first) const {
  if (!options_.affine) return block;
  const auto& [rep, fields] = type_.blocks()[index];
  const Tensor scaled = block * over(weight.narrow(0, first, fields), block);
  return rep.permutation ? scaled + over(bias.narrow(0, first, fields), block) : scaled;
}

FieldBatchNorm::FieldBatchNorm(field::FieldType type, const FieldNormOptions& options)
    : FieldNorm(std::move(type), options) {
  running_mean = register_buffer("running_mean", at::zeros({type_.fields()}));
  running_variance = register_buffer("running_variance", at::ones({type_.fields()}));
}

field::Field FieldBatchNorm::forward(const field::Field& f) {
  field::expect_type("nn::FieldBatchNorm", type_, f);
  const bool use_batch = is_training() && f.data().numel() > 0;
  // before any running value changes
  for (std::size_t i = 0; use_batch && i < type_.blocks().size(); ++i)
    expect_statistics("nn::FieldBatchNorm", f.data().numel() / type_.channels() * type_.blocks()[i].rep.dim);
  std::vector<Tensor> blocks;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < type_.blocks().size(); ++i) {
    const auto& [rep, fields] = type_.blocks()[i];
    const Tensor block = f.block(i);  // (B, fields, dim, X...)
    Tensor mean = running_mean.narrow(0, first, fields), variance = running_variance.narrow(0, first, fields);
    if (rep.permutation) {
      const Tensor flat = block.flatten(2);
      blocks.push_back(at::batch_norm(flat, sliced(weight, first, fields), sliced(bias, first, fields), mean, variance,
                                      is_training(), options_.momentum, options_.epsilon, false)
                           .view(block.sizes()));
    } else {
      Tensor square = variance;
      if (use_batch) {
        square = block.square().flatten(2).mean(at::IntArrayRef{0, 2});
        at::NoGradGuard no_grad;
        variance.mul_(1.0 - options_.momentum).add_(square, options_.momentum);
      }
      blocks.push_back(affine(block * over(at::rsqrt(square + options_.epsilon), block), i, first));
    }
    first += fields;
  }
  return {type_, joined(blocks)};
}

/// Every block standardised by its own statistics over the axes from `first_axis` on.
field::Field FieldNorm::standardise(const char* where, const field::Field& f, std::int64_t first_axis) const {
  field::expect_type(where, type_, f);
  std::vector<Tensor> blocks;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < type_.blocks().size(); ++i) {
    const Tensor block = f.block(i);
    const Tensor x = standardised(block, axes_from(first_axis, block), type_.blocks()[i], options_.epsilon);
    blocks.push_back(affine(x, i, first));
    first += type_.blocks()[i].fields;
  }
  return {type_, joined(blocks)};
}

FieldInstanceNorm::FieldInstanceNorm(field::FieldType type, const FieldNormOptions& options)
    : FieldNorm(std::move(type), options) {}

field::Field FieldInstanceNorm::forward(const field::Field& f) const {
  return standardise("nn::FieldInstanceNorm", f, 2);
}

FieldLayerNorm::FieldLayerNorm(field::FieldType type, const FieldNormOptions& options)
    : FieldNorm(std::move(type), options) {}

field::Field FieldLayerNorm::forward(const field::Field& f) const {
  return standardise("nn::FieldLayerNorm", f, 1);
}

}  // namespace coset::nn
