#include "coset/nn/irreps/linear.h"

#include <cmath>

namespace coset::nn {

Linear::Linear(rep::Irreps from, rep::Irreps to, LinearOptions options) : in_(std::move(from)), out_(std::move(to)) {
  const rep::Irreps &in = in_.irreps(), &out = out_.irreps();
  std::int64_t numel = 0;
  for (std::size_t i = 0; i < in.size(); ++i)
    for (std::size_t o = 0; o < out.size(); ++o)
      if (in[i].irrep == out[o].irrep) {
        paths_.push_back({i, o, numel});
        numel += in[i].mul * out[o].mul;
      }
  weight = register_parameter("weight", at::randn({numel}));
  if (options.biases) bias = register_parameter("bias", at::zeros({out.count({0, 1})}));
}

Tensor Linear::block(const Tensor& x, std::size_t out) const {
  const rep::Irreps& in = in_.irreps();
  const rep::MulIrrep& to = out_.irreps()[out];
  const auto offsets = in.offsets();
  const std::int64_t mul_out = to.mul, dim = to.irrep.dim();
  Tensor sum;
  std::int64_t fan_in = 0;
  for (const Path& path : paths_) {
    const std::int64_t mul_in = in[path.in].mul;
    if (path.out != out || mul_in == 0 || mul_out == 0) continue;
    fan_in += mul_in;
    const Tensor w = weight.narrow(0, path.weight_offset, mul_in * mul_out).view({mul_in, mul_out});
    const Tensor part = x.narrow(-1, offsets[path.in], in[path.in].dim()).unflatten(-1, {mul_in, dim});
    const Tensor mixed = at::matmul(part.transpose(-1, -2), w);  // (..., 2l+1, mul_out)
    sum = sum.defined() ? sum + mixed : mixed;
  }
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = to.dim();
  if (!sum.defined()) return at::zeros(shape, x.options());
  return (sum / std::sqrt(static_cast<double>(fan_in))).transpose(-1, -2).reshape(shape);
}

field::Field Linear::forward(const field::Field& x) const {
  field::expect_type("nn::Linear", field::Base::points, in_, x);
  const rep::Irreps& out = out_.irreps();
  std::vector<Tensor> blocks;
  std::int64_t used_biases = 0;
  for (std::size_t o = 0; o < out.size(); ++o) {
    Tensor z = block(x.data(), o);
    if (bias.defined() && out[o].irrep.is_scalar()) {
      z = z + bias.narrow(0, used_biases, out[o].mul);
      used_biases += out[o].mul;
    }
    blocks.push_back(z);
  }
  if (blocks.empty()) return {out_, x.data().narrow(-1, 0, 0)};
  return {out_, at::cat(blocks, -1)};
}

}  // namespace coset::nn
