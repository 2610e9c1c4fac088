/// E(2)-steerable kernels between fields of any types over C_N or D_N: trivial, regular, quotient, irreps, and sums of
/// them.
///
/// The kernel of every pair of blocks is expanded in the sampled solutions of K(gx) = rho_out(g) K(x) rho_in(g)^-1.
/// Pairs trivial -> regular and regular -> regular take the plan with two small factors
/// (coset/kernel/harmonic_basis.h), the others one dense basis. Source: Weiler and Cesa, arXiv 1911.08251, section 2.4.
#pragma once

#include "coset/kernel/harmonic_basis.h"
#include "coset/nn/grid/kernel.h"
#include "coset/ops/filter_expansion.h"

namespace coset::nn {

struct SteerableKernelOptions {
  std::int64_t size = 5;     ///< cells per axis, odd
  double frequencies = 0.0;  ///< waves per pixel of radius (kernel::Rings::proportional); 0: the standard limits
  double sigma = 0.6;        ///< width of the rings with `frequencies`
};

class SteerableKernel : public Kernel {
 public:
  explicit SteerableKernel(const SteerableKernelOptions& options) : options_(options) {}

  /// @throws coset::Error when the groups differ or no pair of blocks has a kernel
  void attach(torch::nn::Module& owner, const field::FieldType& in, const field::FieldType& out) override;
  Tensor bank() const override;
  std::vector<Tensor> sources() const override { return weights; }
  std::int64_t size() const override { return options_.size; }

  /// Sets the weights to a delta-orthogonal map (the other published initialisation, for deep networks): the kernel is
  /// zero but at its centre, and there a random map Q with Q^T Q = 1, or Q Q^T = 1 where the output is the smaller; Q
  /// is the polar factor of a Gaussian map that commutes with the group, so it commutes too. A linear layer that pads
  /// to its own size then keeps the norm of what it is given. Draws from torch's default generator. Once attached.
  /// @throws coset::Error where equivariance leaves no such map: an output irrep that the input lacks, or the reverse
  void delta_orthogonal();

  std::vector<Tensor> weights;  ///< "weight_O_I" of each pair of blocks, (fields out, fields in, basis), He's deviation

 private:
  struct Pair {
    std::size_t out, in;
    ops::FilterExpansion expansion;
    bool sampled;  ///< dense basis of component pairs, else the two-factor plan
  };
  void add_pair(torch::nn::Module& owner, std::size_t out, std::size_t in, const kernel::Rings& rings);
  Tensor pair_bank(const Pair& pair, const Tensor& weight) const;
  Tensor matrix() const;  ///< (out.channels(), in.channels(), k, k)

  field::FieldType in_, out_;
  SteerableKernelOptions options_;
  std::vector<Pair> pairs_;
};

}  // namespace coset::nn
