/// E(2)-steerable convolution between fields of any types over C_N or D_N: trivial, regular, quotient, irreps, and sums
/// of them.
///
/// The kernel of every pair of blocks is expanded in the sampled solutions of K(gx) = rho_out(g) K(x) rho_in(g)^-1.
/// Pairs trivial -> regular and regular -> regular take the plan with two small factors
/// (coset/kernel/harmonic_basis.h), the others one dense basis. Source: specification 11.
#pragma once

#include "coset/field/regular_field.h"
#include "coset/kernel/harmonic_basis.h"
#include "coset/nn/module.h"
#include "coset/nn/regular/bank_cache.h"
#include "coset/ops/filter_expansion.h"
#include "coset/ops/group_conv.h"

namespace coset::nn {

struct SteerableConvOptions {
  std::int64_t size = 5;  ///< cells per axis, odd
  ops::ConvGeometry geometry{};
  bool bias = true;          ///< one number per permutation field, shared by its components
  double frequencies = 0.0;  ///< waves per pixel of radius (kernel::Rings::proportional); 0: the standard limits
  double sigma = 0.6;        ///< width of the rings with `frequencies`
};

class SteerableConv : public torch::nn::Module {
 public:
  /// @throws coset::Error when the groups differ, no pair of blocks has a kernel, or a transposed layer pads too much
  SteerableConv(field::FieldType in, field::FieldType out, const SteerableConvOptions& options = {});

  /// (B, in.channels(), X, Y) -> (B, out.channels(), X', Y'). Checks as PlannedConv.
  field::RegularField forward(const field::RegularField& f);

  /// (out.channels(), in.channels(), k, k)
  Tensor filter_bank();

  /// Sets the weights to a delta-orthogonal map (the other published initialisation, for deep networks): the kernel is
  /// zero but at its centre, and there a random map Q with Q^T Q = 1, or Q Q^T = 1 where the output is the smaller; Q
  /// is the polar factor of a Gaussian map that commutes with the group, so it commutes too. A linear layer that pads
  /// to its own size then keeps the norm of what it is given. Draws from torch's default generator.
  /// @throws coset::Error where equivariance leaves no such map: an output irrep that the input lacks, or the reverse
  void delta_orthogonal();

  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }
  std::uint64_t banks_built() const { return cache_.built(); }
  void clear_bank() { cache_.clear(); }  ///< as PlannedConv's

  std::vector<Tensor> weights;  ///< "weight_O_I" of each pair of blocks, (fields out, fields in, basis), He's deviation
  Tensor bias;                  ///< (number of permutation fields)

 private:
  struct Pair {
    std::size_t out, in;
    ops::FilterExpansion expansion;
    bool sampled;  ///< dense basis of component pairs, else the two-factor plan
  };
  Tensor pair_bank(const Pair& pair, const Tensor& weight) const;
  Tensor build() const;
  Tensor component_bias() const;

  field::FieldType in_, out_;
  SteerableConvOptions options_;
  std::vector<Pair> pairs_;
  BankCache cache_;
};

}  // namespace coset::nn
