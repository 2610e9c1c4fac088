#include "coset/nn/steerable/norm_activation.h"

#include "coset/ops/columns.h"

namespace coset::nn {

NormActivation::NormActivation(rep::Irreps irreps, NormActivationOptions options)
    : irreps_(std::move(irreps)), options_(options), copy_of_column_(ops::copy_of_column(irreps_)) {
  if (options_.bias) bias = register_parameter("bias", at::zeros({irreps_.num_irreps()}));
}

field::SteerableTensor NormActivation::forward(const field::SteerableTensor& x) const {
  field::expect_irreps("nn::NormActivation", irreps_, x);
  const Tensor squares = at::matmul(x.data() * x.data(), ops::copy_indicator(irreps_, x.data().options()));
  const Tensor n = squares.clamp_min(options_.epsilon * options_.epsilon).sqrt();  // (..., num_irreps)
  Tensor factor = ops::activate(options_.activation, bias.defined() ? n + bias : n);
  if (options_.normalize) factor = factor / n;
  return {irreps_, x.data() * factor.index_select(-1, copy_of_column_)};
}

}  // namespace coset::nn
