/// Root-mean-square normalisation of whole steerable rows, and its gradient.
///
///   q = sum over blocks b of share_b sum over channels and components of y_b^2
///   z_b[k, u] = weight_b[u] y_b[k, u] / sqrt(q + epsilon)
///
/// Rows in Layout::ir_mul. Source: the equivariant layer norm of Liao et al., arXiv 2306.12059 (Equiformer), without
/// centring, shared by all degrees.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/rep/irreps.h"

namespace coset::compute {

template <class T>
class RmsNorm {
 public:
  struct Block {
    double share = 0.0;
    std::vector<double> weight;  ///< one a channel
  };
  /// @throws coset::Error unless there is one entry a block with one weight a channel
  RmsNorm(const rep::Irreps& irreps, const std::vector<Block>& blocks, double epsilon);

  /// z (rows, dim)
  void forward(std::int64_t rows, const T* y, T* z) const;
  /// gy = the gradient of <gz, z>; gy may be gz.
  void backward(std::int64_t rows, const T* y, const T* gz, T* gy) const;

 private:
  T inverse_root(const T* y) const;

  std::int64_t size_ = 0;
  std::vector<T> share_;   ///< (dim)
  std::vector<T> weight_;  ///< (dim)
  T epsilon_;
};

}  // namespace coset::compute
