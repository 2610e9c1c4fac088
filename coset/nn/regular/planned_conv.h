/// The convolution that executes a plan: weights, filter bank, cache and checks, common to the layers of this folder.
#pragma once

#include "coset/field/regular_field.h"
#include "coset/nn/module.h"
#include "coset/nn/regular/bank_cache.h"
#include "coset/ops/filter_expansion.h"
#include "coset/ops/group_conv.h"

namespace coset::nn {

/// y = bank(weight) * f + bias between fields of one representation each; bias shared over H.
///
/// `weight` (out fields, in fields, pair_weights) starts as N(0, plan.weight_deviation), `bias` (out fields) as 0. Both
/// are the whole state: the filter bank is never saved. Where no gradient with respect to the weight can be asked for
/// (eval mode under NoGradGuard, frozen weights), the bank is kept and rebuilt only when the weight changes.
class PlannedConv : public torch::nn::Module {
 public:
  /// @throws coset::Error when plan and types name different grids; on a transposed convolution that would crop more
  /// than it makes, padding > dilation (size - 1)
  PlannedConv(field::FieldType in, field::FieldType out, kernel::GroupConvPlan plan, ops::ConvGeometry geometry,
              bool bias);

  /// (B, in.channels(), X...) -> (B, out.channels(), X'...)
  /// @throws coset::Error on another type, on a size that breaks the symmetry of the strided grid (naming one that
  /// works)
  field::RegularField forward(const field::RegularField& f);

  /// (O, n_out, I, n_in, k...)
  virtual Tensor filter_bank();

  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }
  const kernel::GroupConvPlan& plan() const { return expansion_.plan(); }
  const ops::ConvGeometry& geometry() const { return geometry_; }
  std::uint64_t banks_built() const { return cache_.built(); }  ///< how often the bank was expanded
  /// Forgets the kept bank: after writing to a weight through `.data()` or a pointer, which no tensor notices.
  void clear_bank() { cache_.clear(); }

  Tensor weight, bias;

 protected:
  /// The same weights on other grids: the new plan must take as many weights per pair.
  void replace_plan(field::FieldType in, field::FieldType out, kernel::GroupConvPlan plan);

  BankCache cache_;

 private:
  void check_plan() const;
  void look_at_plan();
  Tensor apply(const Tensor& fibres);
  const std::string& where();

  field::FieldType in_, out_;
  ops::FilterExpansion expansion_;
  ops::ConvGeometry geometry_;
  bool needs_symmetric_grid_ = false;
  bool one_to_one_ = false;  ///< every element of the output grid looks at its own element of the input grid only
  std::string where_;
};

/// @throws coset::Error naming `where`, see PlannedConv's constructor
void check_transposed(const char* where, const ops::ConvGeometry& geometry, std::int64_t size);

/// Whether the group moves points without scaling them (rotations, reflections): then strided grids must be symmetric.
bool turns_or_mirrors(const group::GroupGrid& grid);

}  // namespace coset::nn
