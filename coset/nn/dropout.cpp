#include "coset/nn/dropout.h"

#include "coset/base/error.h"

namespace coset::nn {

Dropout::Dropout(double p, DropoutUnit unit) : p_(p), unit_(unit) {
  check(p >= 0.0 && p < 1.0, "[nn::Dropout] expected a probability in [0, 1); received ", p);
}

field::Field Dropout::forward(const field::Field& f) const {
  if (!is_training() || p_ == 0.0) return f;
  const bool maps = unit_ == DropoutUnit::map;
  check(!maps || f.base() != field::Base::points, "[nn::Dropout] expected pixels to drop whole maps of");
  const std::int64_t axis = f.axis();
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < f.type().blocks().size(); ++i) {
    const Tensor block = f.block(i);  // (B, fields, dim, X...) or (..., fields, dim)
    auto shape = block.sizes().vec();
    shape[static_cast<std::size_t>(axis) + 1] = 1;
    for (std::size_t a = 3; maps && a < shape.size(); ++a) shape[a] = 1;
    const Tensor mask = at::empty(shape, block.options()).bernoulli_(1.0 - p_).div_(1.0 - p_);
    parts.push_back((block * mask).flatten(axis, axis + 1));
  }
  return parts.empty() ? f : f.with(f.type(), parts.size() == 1 ? parts[0] : at::cat(parts, axis));
}

}  // namespace coset::nn
