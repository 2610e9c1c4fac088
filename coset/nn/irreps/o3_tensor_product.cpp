#include "coset/nn/irreps/o3_tensor_product.h"

#include <algorithm>
#include <cmath>

#include "coset/base/error.h"
#include "coset/ops/columns.h"

namespace coset::nn {

namespace {

/// F of each output block: sum of mul1 mul2 over the paths that end there.
std::vector<double> fan_in(const rep::TensorProductPlan& plan) {
  std::vector<double> fan(plan.out.size(), 0.0);
  for (const auto& path : plan.paths) fan[path.instruction.out] += static_cast<double>(path.mul1 * path.mul2);
  return fan;
}

double bound(double fan) {
  return fan > 0 ? 1.0 / std::sqrt(fan) : 0.0;
}

}  // namespace

O3TensorProduct::O3TensorProduct(const rep::Irreps& in, const rep::Irreps& attribute, const rep::Irreps& out)
    : in_(in), attribute_(attribute), out_(out) {
  // Without path normalisation c = sqrt(2l+1): e3nn's 1/sqrt(F) and SEGNN's correction cancel.
  const rep::TensorProductOptions options{rep::IrrepNormalization::component, rep::PathNormalization::none};
  product_ = ops::make_product(rep::fully_connected_tensor_product(in, attribute, out, options));
  const std::vector<double> fan = fan_in(plan());
  Tensor initial = at::empty({plan().weight_numel});
  for (const auto& path : plan().paths) {
    const double b = bound(fan[path.instruction.out]);
    initial.narrow(0, path.weight_offset, path.weight_numel).uniform_(-b, b);
  }
  Tensor initial_bias = at::zeros({out.count({0, 1})});
  std::int64_t filled = 0;
  for (std::size_t o = 0; o < out.size(); ++o) {
    if (!out[o].irrep.is_scalar()) continue;
    initial_bias.narrow(0, filled, out[o].mul).uniform_(-bound(fan[o]), bound(fan[o]));
    filled += out[o].mul;
  }
  scalar_columns_ = ops::scalar_columns(out);
  weight = register_parameter("weight", initial);
  bias = register_parameter("bias", initial_bias);
  if (compute::GatedProduct::fits(plan()))
    fused_ = std::make_shared<const ops::GatedProduct>(plan(), compute::GatedProductOptions{});
}

std::string O3TensorProduct::route() const {
  return fused_ ? "fused" : compute::to_string(product_->route(true));
}

std::string O3TensorProductGate::route() const {
  return fused_ ? "fused with gate" : product_->route() + ", gate apart";
}

std::vector<Tensor> expect_parts(const char* where, const field::FieldType& expected,
                                 const std::vector<field::Field>& parts) {
  std::vector<Tensor> data;
  for (const field::Field& part : parts) data.push_back(part.data());
  if (parts.size() == 1) {
    field::expect_type(where, expected, parts[0]);
    return data;
  }
  rep::Irreps found;
  for (const field::Field& part : parts) found = found + part.type().irreps();
  check(found == expected.irreps(), "[", where, "] expected ", expected.irreps(), "; received ", found);
  return data;
}

field::Field O3TensorProduct::forward(const field::Field& x, const field::Field& a) const {
  field::expect_type("nn::O3TensorProduct", field::Base::points, in_, x);
  field::expect_type("nn::O3TensorProduct", field::Base::points, attribute_, a);
  if (fused_) return {out_, (*fused_)({x.data()}, a.data(), weight, bias)};
  const Tensor z = ops::tensor_product(product_, x.data(), a.data(), weight);
  return {out_, ops::add_scalar_bias(z, scalar_columns_, bias)};
}

O3TensorProductGate::O3TensorProductGate(const rep::Irreps& in, const rep::Irreps& attribute, const rep::Irreps& out,
                                         std::vector<int> part_blocks) {
  gate_ = register_module("gate", make_swish_gate(out));
  product_ = register_module("product", std::make_shared<O3TensorProduct>(in, attribute, gate_->in().irreps()));
  const auto shape = gate_->fused_shape();
  if (shape && compute::GatedProduct::fits(product_->plan()))
    fused_ = std::make_shared<const ops::GatedProduct>(product_->plan(),
                                                       compute::GatedProductOptions{std::move(part_blocks), shape});
}

field::Field O3TensorProductGate::forward(const field::Field& x, const field::Field& a) const {
  return forward(std::vector{x}, a);
}

field::Field O3TensorProductGate::forward(const std::vector<field::Field>& parts, const field::Field& a) const {
  const std::vector<Tensor> data = expect_parts("nn::O3TensorProductGate", product_->in(), parts);
  field::expect_type("nn::O3TensorProductGate", field::Base::points, product_->attribute(), a);
  if (fused_) return {gate_->out(), (*fused_)(data, a.data(), product_->weight, product_->bias)};
  return gate_->forward(product_->forward({product_->in(), at::cat(data, -1)}, a));
}

}  // namespace coset::nn
