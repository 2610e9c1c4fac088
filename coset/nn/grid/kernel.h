/// Where the filter bank of a convolution on a grid comes from.
///
/// A new way to write convolution kernels is one class that derives from Kernel; strides, padding, bias, the check of
/// the grid's symmetry and the cache of the bank are GridConv's (coset/nn/grid/grid_conv.h) and the same for all.
#pragma once

#include <vector>

#include "coset/field/field.h"
#include "coset/nn/module.h"

namespace coset::nn {

class Kernel {
 public:
  virtual ~Kernel() = default;

  /// Draws the parameters for a map from `in` to `out` and registers them with the convolution that owns this kernel,
  /// under the names they have in files ("weight", "centres", ...); a network of its own registers as a module.
  /// Called once. @throws coset::Error on types that this kernel does not connect
  virtual void attach(torch::nn::Module& owner, const field::FieldType& in, const field::FieldType& out) = 0;

  /// (O, n_out, I, n_in, k...), from the parameters as they are: O and I fields of n_out and n_in components, or every
  /// channel a field of one component where a type has several blocks. As many k as axes, each size().
  virtual Tensor bank() const = 0;

  /// Every parameter that bank() depends on.
  virtual std::vector<Tensor> sources() const = 0;

  virtual std::int64_t size() const = 0;  ///< cells per axis

  /// Every element of the output grid looks at its own element of the input grid only: the rest of the bank is zeros.
  virtual bool one_to_one() const { return false; }

  /// The same parameters on another sampling of the group, whose fields are `in` and `out`.
  /// @throws coset::Error unless the kernel is a function on the continuous group
  virtual void change_grid(const field::FieldType& in, const field::FieldType& out);
};

}  // namespace coset::nn
