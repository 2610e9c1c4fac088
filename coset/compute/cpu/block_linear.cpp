#include "coset/compute/block_linear.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/compute/cpu/row_kernels.h"

namespace coset::compute {

template <class T>
BlockLinear<T>::BlockLinear(const rep::Irreps& in, const rep::Irreps& out, const std::vector<BlockMatrix>& blocks)
    : in_size_(in.dim()), out_size_(out.dim()) {
  const auto in_offset = in.offsets();
  const auto out_offset = out.offsets();
  std::vector<bool> from(in.size()), to(out.size());
  for (const BlockMatrix& b : blocks) {
    const auto i = static_cast<std::size_t>(b.in);
    const auto o = static_cast<std::size_t>(b.out);
    check(i < in.size() && o < out.size() && in[i].irrep == out[o].irrep && in[i].mul % kLanePadding == 0 &&
              out[o].mul % kLanePadding == 0 && b.weights.rows == in[i].mul && b.weights.columns == out[o].mul &&
              static_cast<std::int64_t>(b.weights.values.size()) == in[i].mul * out[o].mul,
          "[compute::BlockLinear] expected weights between padded blocks of one irrep; received ", b.weights.rows,
          " x ", b.weights.columns, " from block ", b.in, " of ", in.to_string(), " to block ", b.out, " of ",
          out.to_string());
    Block block{in_offset[i],
                in[i].mul,
                out_offset[o],
                out[o].mul,
                in[i].irrep.dim(),
                !from[i],
                !to[o],
                std::vector<T>(b.weights.values.begin(), b.weights.values.end()),
                {}};
    block.transposed.resize(block.weights.size());
    for (std::int64_t u = 0; u < block.in_mul; ++u)
      for (std::int64_t w = 0; w < block.out_mul; ++w)
        block.transposed[w * block.in_mul + u] = block.weights[u * block.out_mul + w];
    blocks_.push_back(std::move(block));
    from[i] = to[o] = true;
  }
  in_gaps_ = gaps(in, from);
  out_gaps_ = gaps(out, to);
}

template <class T>
std::vector<typename BlockLinear<T>::Gap> BlockLinear<T>::gaps(const rep::Irreps& irreps,
                                                               const std::vector<bool>& reached) {
  const auto offsets = irreps.offsets();
  std::vector<Gap> gaps;
  for (std::size_t b = 0; b < irreps.size(); ++b)
    if (!reached[b] && irreps[b].dim() > 0) gaps.push_back({offsets[b], irreps[b].dim()});
  return gaps;
}

template <class T>
void BlockLinear<T>::forward(std::int64_t rows, const T* x, T* z, bool accumulate) const {
  for (const Block& b : blocks_)
    for (std::int64_t k = 0; k < b.components; ++k)
      row_kernels<T>().gemm(rows, b.out_mul, b.in_mul, x + b.in + k * b.in_mul, in_size_, 1, b.weights.data(),
                            b.out_mul, z + b.out + k * b.out_mul, out_size_, accumulate || !b.first_out);
  if (accumulate) return;
  for (std::int64_t r = 0; r < rows; ++r)
    for (const Gap& gap : out_gaps_) std::fill_n(z + r * out_size_ + gap.begin, gap.size, T(0));
}

template <class T>
void BlockLinear<T>::backward(std::int64_t rows, const T* gz, T* gx, bool accumulate) const {
  for (const Block& b : blocks_)
    for (std::int64_t k = 0; k < b.components; ++k)
      row_kernels<T>().gemm(rows, b.in_mul, b.out_mul, gz + b.out + k * b.out_mul, out_size_, 1, b.transposed.data(),
                            b.in_mul, gx + b.in + k * b.in_mul, in_size_, accumulate || !b.first_in);
  if (accumulate) return;
  for (std::int64_t r = 0; r < rows; ++r)
    for (const Gap& gap : in_gaps_) std::fill_n(gx + r * in_size_ + gap.begin, gap.size, T(0));
}

template class BlockLinear<float>;
template class BlockLinear<double>;

}  // namespace coset::compute
