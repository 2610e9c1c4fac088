#include "coset/nn/steerable/o3_tensor_product.h"

#include <algorithm>
#include <cmath>

namespace coset::nn {

namespace {

/// F of each output block: sum of mul1 mul2 over the paths that end there.
std::vector<double> fan_in(const rep::TensorProductPlan& plan) {
  std::vector<double> fan(plan.out.size(), 0.0);
  for (const auto& path : plan.paths) fan[path.instruction.out] += static_cast<double>(path.mul1 * path.mul2);
  return fan;
}

double bound(double fan) { return fan > 0 ? 1.0 / std::sqrt(fan) : 0.0; }

}  // namespace

O3TensorProduct::O3TensorProduct(const rep::Irreps& in, const rep::Irreps& attribute, const rep::Irreps& out) {
  // Without path normalisation c = sqrt(2l+1): e3nn's 1/sqrt(F) and SEGNN's correction cancel.
  const rep::TensorProductOptions options{rep::IrrepNormalization::component, rep::PathNormalization::none};
  product_ = ops::make_product(rep::fully_connected_tensor_product(in, attribute, out, options));
  const std::vector<double> fan = fan_in(plan());
  Tensor initial = at::empty({plan().weight_numel});
  for (const auto& path : plan().paths) {
    const double b = bound(fan[path.instruction.out]);
    initial.narrow(0, path.weight_offset, path.weight_numel).uniform_(-b, b);
  }
  std::vector<std::int64_t> columns;
  Tensor initial_bias = at::zeros({out.count({0, 1})});
  const auto offsets = out.offsets();
  for (std::size_t o = 0; o < out.size(); ++o) {
    if (!out[o].irrep.is_scalar()) continue;
    initial_bias.narrow(0, static_cast<std::int64_t>(columns.size()), out[o].mul).uniform_(-bound(fan[o]), bound(fan[o]));
    for (std::int64_t c = 0; c < out[o].mul; ++c) columns.push_back(offsets[o] + c);
  }
  scalar_columns_ = torch::tensor(at::IntArrayRef(columns), at::kLong);
  weight = register_parameter("weight", initial);
  bias = register_parameter("bias", initial_bias);
}

Tensor O3TensorProduct::bias_row() const {
  return at::zeros({plan().out.dim()}, bias.options()).index_add(0, scalar_columns_, bias);
}

Tensor O3TensorProduct::apply(const Tensor& x, const Tensor& a) const {
  const Tensor z = ops::tensor_product(product_, x, a, weight);
  return bias.numel() > 0 ? z + bias_row() : z;
}

field::SteerableTensor O3TensorProduct::forward(const field::SteerableTensor& x, const field::SteerableTensor& a) const {
  field::expect_irreps("nn::O3TensorProduct", plan().in1, x);
  field::expect_irreps("nn::O3TensorProduct", plan().in2, a);
  return {plan().out, apply(x.data(), a.data())};
}

O3TensorProductGate::O3TensorProductGate(const rep::Irreps& in, const rep::Irreps& attribute, const rep::Irreps& out) {
  gate_ = register_module("gate", make_swish_gate(out));
  product_ = register_module("product", std::make_shared<O3TensorProduct>(in, attribute, gate_->in()));
}

field::SteerableTensor O3TensorProductGate::forward(const field::SteerableTensor& x,
                                                    const field::SteerableTensor& a) const {
  return gate_->forward(product_->forward(x, a));
}

}  // namespace coset::nn
