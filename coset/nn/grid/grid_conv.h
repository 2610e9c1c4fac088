/// The convolution between fields on pixels or voxels: a kernel's filter bank, its cache, the bias and the checks.
#pragma once

#include "coset/nn/grid/bank_cache.h"
#include "coset/nn/grid/kernel.h"
#include "coset/ops/group_conv.h"

namespace coset::nn {

struct GridConvOptions {
  ops::ConvGeometry geometry{};
  bool bias = true;  ///< one number per permutation field, shared by its components; 0 at first
};

/// y = bank * f + bias. Lifting, group, isotropic and steerable convolutions differ in their types and kernels only.
///
/// The kernel's parameters (Kernel::attach) and `bias` (permutation fields) are the whole state: the filter bank is
/// never saved. Where no gradient with respect to the parameters can be asked for (eval mode under NoGradGuard, frozen
/// weights), the bank is kept and rebuilt only when a parameter changes.
class GridConv : public torch::nn::Module {
 public:
  /// @throws coset::Error where the kernel does not connect the types; on a transposed convolution that would crop more
  /// than it makes, padding > dilation (size - 1)
  GridConv(field::FieldType in, field::FieldType out, std::shared_ptr<Kernel> kernel, const GridConvOptions& options);

  /// (B, in.channels(), X...) -> (B, out.channels(), X'...)
  /// @throws coset::Error on another type, on a size that breaks the symmetry of the strided grid (naming one that
  /// works)
  field::Field forward(const field::Field& f);

  /// Kernel::bank, or the one that is kept.
  Tensor filter_bank();

  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }
  Kernel& kernel() { return *kernel_; }
  const ops::ConvGeometry& geometry() const { return options_.geometry; }
  /// A parameter by its name. @throws coset::Error when there is none
  Tensor parameter(const std::string& name) const;
  std::uint64_t banks_built() const { return cache_.built(); }  ///< how often the bank was expanded
  /// Forgets the kept bank: after writing to a weight through `.data()` or a pointer, which no tensor notices.
  void clear_bank() { cache_.clear(); }

  /// The same parameters on another sampling of the group. @throws coset::Error unless the fields are trivial or
  /// regular, and the kernel a function on the continuous group
  void change_grid(const field::GridPtr& group);

  Tensor weight;  ///< of kernels with a parameter of that name
  Tensor bias;

 private:
  Tensor convolved(const Tensor& fibres, const Tensor& bank) const;
  Tensor component_bias() const;
  const std::string& where();

  field::FieldType in_, out_;
  GridConvOptions options_;
  std::shared_ptr<Kernel> kernel_;
  BankCache cache_;
  bool needs_symmetric_grid_ = false;
  std::string where_;
};

/// Whether the group moves points without scaling them (rotations, reflections): then strided grids must be symmetric.
bool turns_or_mirrors(const group::GroupGrid& grid);

/// The same number of trivial or regular fields over another grid. @throws coset::Error naming `where` on other fields
field::FieldType on_grid(const char* where, const field::FieldType& type, const field::GridPtr& grid);

}  // namespace coset::nn
