#include "coset/nn/steerable/linear.h"

#include <cmath>

namespace coset::nn {

Linear::Linear(rep::Irreps in, rep::Irreps out, bool biases) : in_(std::move(in)), out_(std::move(out)) {
  std::int64_t numel = 0;
  for (std::size_t i = 0; i < in_.size(); ++i)
    for (std::size_t o = 0; o < out_.size(); ++o)
      if (in_[i].irrep == out_[o].irrep) {
        paths_.push_back({i, o, numel});
        numel += in_[i].mul * out_[o].mul;
      }
  weight = register_parameter("weight", at::randn({numel}));
  if (biases) bias = register_parameter("bias", at::zeros({out_.count({0, 1})}));
}

Tensor Linear::block(const Tensor& x, std::size_t out) const {
  const auto offsets = in_.offsets();
  const std::int64_t mul_out = out_[out].mul;
  const std::int64_t dim = out_[out].irrep.dim();
  Tensor sum;
  std::int64_t fan_in = 0;
  for (const Path& path : paths_) {
    const std::int64_t mul_in = in_[path.in].mul;
    if (path.out != out || mul_in == 0 || mul_out == 0) continue;
    fan_in += mul_in;
    const Tensor w = weight.narrow(0, path.weight_offset, mul_in * mul_out).view({mul_in, mul_out});
    const Tensor part = x.narrow(-1, offsets[path.in], in_[path.in].dim()).unflatten(-1, {mul_in, dim});
    const Tensor mixed = at::matmul(part.transpose(-1, -2), w);  // (..., 2l+1, mul_out)
    sum = sum.defined() ? sum + mixed : mixed;
  }
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = out_[out].dim();
  if (!sum.defined()) return at::zeros(shape, x.options());
  return (sum / std::sqrt(static_cast<double>(fan_in))).transpose(-1, -2).reshape(shape);
}

field::SteerableTensor Linear::forward(const field::SteerableTensor& x) const {
  field::expect_irreps("nn::Linear", in_, x);
  std::vector<Tensor> blocks;
  std::int64_t used_biases = 0;
  for (std::size_t o = 0; o < out_.size(); ++o) {
    Tensor z = block(x.data(), o);
    if (bias.defined() && out_[o].irrep.is_scalar()) {
      z = z + bias.narrow(0, used_biases, out_[o].mul);
      used_biases += out_[o].mul;
    }
    blocks.push_back(z);
  }
  if (blocks.empty()) return {out_, x.data().narrow(-1, 0, 0)};
  return {out_, at::cat(blocks, -1)};
}

}  // namespace coset::nn
