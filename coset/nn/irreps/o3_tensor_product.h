/// SEGNN's linear layer conditioned on a steerable attribute, and the same followed by a swish gate.
#pragma once

#include "coset/nn/gate.h"
#include "coset/nn/irreps/tensor_product.h"
#include "coset/ops/gated_product.h"

namespace coset::nn {

/// W_a h + b:   z^(l)_w = sum_paths sqrt(2l+1) sum_uv w_uvw C x_u a_v  (+ b_w for l = 0, p = +1)
///
/// Weights and biases start uniform in +-1/sqrt(F), F = sum of mul1 mul2 over the paths into the output block.
/// Source: SEGNN, Brandstetter et al. 2022; o3_building_blocks.py.
class O3TensorProduct : public torch::nn::Module {
 public:
  O3TensorProduct(const rep::Irreps& in, const rep::Irreps& attribute, const rep::Irreps& out);

  /// x (R, in), a (R, attribute) -> (R, out)
  field::Field forward(const field::Field& x, const field::Field& a) const;
  const rep::TensorProductPlan& plan() const { return product_->plan(); }
  const field::FieldType& in() const { return in_; }
  const field::FieldType& attribute() const { return attribute_; }
  const field::FieldType& out() const { return out_; }
  /// "fused" or "reference": what executes this layer.
  std::string route() const;

  Tensor weight;  // (weight_numel), e3nn's flat order
  Tensor bias;    // (number of 0e output copies)

 private:
  ops::ProductPtr product_;
  field::FieldType in_, attribute_, out_;
  Tensor scalar_columns_;
  std::shared_ptr<const ops::GatedProduct> fused_;  // for one part; null when no fused kernel fits
};

/// Throws unless the parts' irreps, one after the other, are `expected`; returns their data.
std::vector<Tensor> expect_parts(const char* where, const field::FieldType& expected,
                                 const std::vector<field::Field>& parts);

/// O3TensorProduct into the gate's input, then the gate: attribute-conditioned steerable perceptron.
class O3TensorProductGate : public torch::nn::Module {
 public:
  /// @param part_blocks  how many blocks of `in` each part of forward's input holds; empty: one part
  O3TensorProductGate(const rep::Irreps& in, const rep::Irreps& attribute, const rep::Irreps& out,
                      std::vector<int> part_blocks = {});

  field::Field forward(const field::Field& x, const field::Field& a) const;
  /// Parts side by side; the fused kernel never writes the concatenation.
  field::Field forward(const std::vector<field::Field>& parts, const field::Field& a) const;

  const std::shared_ptr<O3TensorProduct>& product() const { return product_; }
  const std::shared_ptr<Gate>& gate() const { return gate_; }
  std::string route() const;

 private:
  std::shared_ptr<Gate> gate_;
  std::shared_ptr<O3TensorProduct> product_;
  std::shared_ptr<const ops::GatedProduct> fused_;  // product, bias and gate in one pass; null when no kernel fits
};

}  // namespace coset::nn
