/// Normalisation whose statistics and affine parameters are shared over the fibre, so that it commutes with the group.
///
/// Permutation fields lose their mean and are divided by sqrt(variance + eps); other fields (irreps) are divided by the
/// root of their mean squared norm per component and keep a zero mean by symmetry. Then y = weight[field] x (+
/// bias[field] on permutation fields). Source: Weiler and Cesa 2019.
#pragma once

#include "coset/field/field.h"
#include "coset/nn/module.h"

namespace coset::nn {

struct FieldNormOptions {
  double epsilon = 1e-5;
  double momentum = 0.1;  ///< batch statistics: running <- (1 - m) running + m current
  bool affine = true;
};

/// What batch, instance and layer normalisation have in common: weight (fields) = 1, bias (fields) = 0.
class FieldNorm : public torch::nn::Module {
 public:
  /// The same parameters and statistics, which belong to fields, on another sampling of the group.
  /// @throws coset::Error unless the fields are trivial or regular
  void change_grid(const field::GridPtr& grid);

  Tensor weight, bias;

 protected:
  FieldNorm(field::FieldType type, const FieldNormOptions& options);
  /// weight x + bias on block `index`, whose fields start at `first`
  Tensor affine(const Tensor& block, std::size_t index, std::int64_t first) const;
  field::Field standardise(const char* where, const field::Field& f, std::int64_t first_axis) const;
  Tensor sliced(const Tensor& per_field, std::int64_t first, std::int64_t count) const;

  field::FieldType type_;
  FieldNormOptions options_;
};

/// Statistics of a field over batch, fibre and space; running values in eval mode, and for a batch of nothing.
/// forward: @throws coset::Error in train mode when a field has one value in all, which has no variance
class FieldBatchNorm : public FieldNorm {
 public:
  explicit FieldBatchNorm(field::FieldType type, const FieldNormOptions& options = {});
  field::Field forward(const field::Field& f);

  Tensor running_mean, running_variance;
};

/// Statistics of a field over fibre and space, sample by sample.
class FieldInstanceNorm : public FieldNorm {
 public:
  explicit FieldInstanceNorm(field::FieldType type, const FieldNormOptions& options = {});
  field::Field forward(const field::Field& f) const;
};

/// Statistics over all fields of a block, fibre and space, sample by sample.
class FieldLayerNorm : public FieldNorm {
 public:
  explicit FieldLayerNorm(field::FieldType type, const FieldNormOptions& options = {});
  field::Field forward(const field::Field& f) const;
};

}  // namespace coset::nn
