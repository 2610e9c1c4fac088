#include "coset/nn/norm_activation.h"

namespace coset::nn {

NormActivation::NormActivation(field::FieldType type, NormActivationOptions options)
    : type_(std::move(type)), options_(options) {
  if (options_.bias) bias = register_parameter("bias", at::zeros({type_.fields()}));
}

field::Field NormActivation::forward(const field::Field& x) const {
  field::expect_type("nn::NormActivation", type_, x);
  const std::int64_t axis = x.axis();
  std::vector<Tensor> parts;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < type_.blocks().size(); ++i) {
    const auto& [rep, fields] = type_.blocks()[i];
    const Tensor block = x.block(i);  // (B, fields, dim, X...) or (..., fields, dim)
    std::vector<std::int64_t> shape(static_cast<std::size_t>(block.dim()), 1);
    shape[static_cast<std::size_t>(axis)] = fields;
    const auto activated = [&](const Tensor& n) {
      return ops::activate(options_.activation, bias.defined() ? n + bias.narrow(0, first, fields).view(shape) : n);
    };
    if (options_.signed_scalars && rep.dim == 1 && rep.permutation) {
      parts.push_back(activated(block).flatten(axis, axis + 1));
    } else {
      const Tensor n = block.square().sum(axis + 1, true).clamp_min(options_.epsilon * options_.epsilon).sqrt();
      const Tensor factor = activated(n);
      parts.push_back((block * (options_.normalize ? factor / n : factor)).flatten(axis, axis + 1));
    }
    first += fields;
  }
  return parts.empty() ? x : x.with(type_, at::cat(parts, axis));
}

}  // namespace coset::nn
