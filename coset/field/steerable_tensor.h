/// A tensor that knows how it transforms under O(3): rows of irreps (docs/conventions.md#irreps).
#pragma once

#include <span>

#include "coset/ops/torch.h"
#include "coset/rep/irreps.h"

namespace coset::field {

/// Features of shape (..., D) whose last axis is laid out as `irreps` (block after block, each [mul][2l+1]).
class SteerableTensor {
 public:
  SteerableTensor() = default;
  /// @throws coset::Error when the last axis of `data` is not irreps.dim()
  SteerableTensor(rep::Irreps irreps, Tensor data);

  const rep::Irreps& irreps() const { return irreps_; }
  const Tensor& data() const { return data_; }

  /// rho(R) applied to every row: block (l, p) is multiplied by D^l(R), and by p once more where det R = -1.
  /// @param R row-major (3, 3), orthogonal
  SteerableTensor transform(std::span<const double, 9> R) const;

 private:
  rep::Irreps irreps_;
  Tensor data_;
};

/// Rows side by side: irreps a + b (not merged), data (..., Da + Db).
SteerableTensor concatenate(std::span<const SteerableTensor> parts);

/// Throws unless `found` has the irreps a layer was built for; `where` is the public name in the message.
void expect_irreps(const char* where, const rep::Irreps& expected, const SteerableTensor& found);

}  // namespace coset::field
