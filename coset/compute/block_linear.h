/// The linear map between steerable rows, block by block: z_b[k, w] = sum over in-blocks a and channels u of
/// x_a[k, u] W_ab[u, w], for every component k. No bias. Rows are in Layout::ir_mul, all multiplicities multiples of
/// kLanePadding. Rows of results do not depend on how rows are grouped or on threads.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/compute/matrix.h"
#include "coset/rep/irreps.h"

namespace coset::compute {

/// Weights from block `in` to block `out`, of equal irreps.
struct BlockMatrix {
  int in = 0;
  int out = 0;
  Matrix weights;  ///< (mul of in, mul of out)
};

template <class T>
class BlockLinear {
 public:
  /// @throws coset::Error on block numbers, irreps or sizes that do not fit, or multiplicities that are not padded
  BlockLinear(const rep::Irreps& in, const rep::Irreps& out, const std::vector<BlockMatrix>& blocks);

  std::int64_t in_size() const { return in_size_; }
  std::int64_t out_size() const { return out_size_; }

  /// z (rows, out) = or += ; blocks that nothing reaches are zero (or left alone).
  void forward(std::int64_t rows, const T* x, T* z, bool accumulate) const;
  /// gx (rows, in) = or += the gradient of <gz, z>.
  void backward(std::int64_t rows, const T* gz, T* gx, bool accumulate) const;

 private:
  struct Block {
    std::int64_t in, in_mul, out, out_mul, components;  ///< offsets and sizes
    bool first_in, first_out;                           ///< of those that share the block
    std::vector<T> weights, transposed;
  };
  /// Parts of a row that no block writes.
  struct Gap {
    std::int64_t begin, size;
  };
  static std::vector<Gap> gaps(const rep::Irreps& irreps, const std::vector<bool>& reached);

  std::int64_t in_size_ = 0;
  std::int64_t out_size_ = 0;
  std::vector<Block> blocks_;
  std::vector<Gap> in_gaps_, out_gaps_;
};

}  // namespace coset::compute
