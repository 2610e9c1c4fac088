#include "coset/nn/regular/activation.h"

#include <array>

#include "coset/base/error.h"

namespace coset::nn {

Pointwise parse_pointwise(const std::string& text) {
  static const std::array<std::string, 5> known{"relu", "elu", "silu", "gelu", "tanh"};
  for (std::size_t i = 0; i < known.size(); ++i)
    if (text == known[i]) return static_cast<Pointwise>(i);
  const std::string nearest = nearest_word(text, known);
  fail("[nn::parse_pointwise] expected relu, elu, silu, gelu or tanh; received '", text, "'",
       nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

field::RegularField activate(const field::RegularField& f, Pointwise kind) {
  check(f.type().permutation(), "[nn::activate] expected fields whose components are permuted; received ",
        f.type().to_string());
  const Tensor& x = f.data();
  switch (kind) {
    case Pointwise::relu:
      return {f.type(), at::relu(x)};
    case Pointwise::elu:
      return {f.type(), at::elu(x)};
    case Pointwise::silu:
      return {f.type(), at::silu(x)};
    case Pointwise::gelu:
      return {f.type(), at::gelu(x)};
    default:
      return {f.type(), at::tanh(x)};
  }
}

field::RegularField add(const field::RegularField& a, const field::RegularField& b) {
  field::expect_type("nn::add", a.type(), b);
  return {a.type(), a.data() + b.data()};
}

FieldDropout::FieldDropout(double p, bool maps) : p_(p), maps_(maps) {
  check(p >= 0.0 && p < 1.0, "[nn::FieldDropout] expected a probability in [0, 1); received ", p);
}

field::RegularField FieldDropout::forward(const field::RegularField& f) const {
  if (!is_training() || p_ == 0.0) return f;
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < f.type().blocks().size(); ++i) {
    const Tensor block = f.block(i);  // (B, fields, dim, X...)
    auto shape = block.sizes().vec();
    for (std::size_t a = 2; a < (maps_ ? shape.size() : 3); ++a) shape[a] = 1;
    const Tensor mask = at::empty(shape, block.options()).bernoulli_(1.0 - p_).div_(1.0 - p_);
    parts.push_back((block * mask).flatten(1, 2));
  }
  return {f.type(), parts.size() == 1 ? parts[0] : at::cat(parts, 1)};
}

}  // namespace coset::nn
