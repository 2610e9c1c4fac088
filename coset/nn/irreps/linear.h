/// Equivariant linear map of steerable features.
#pragma once

#include <vector>

#include "coset/field/field.h"
#include "coset/nn/module.h"

namespace coset::nn {

struct LinearOptions {
  bool biases = false;  ///< a trainable number per 0e output copy
};

/// z_w = n^{-1/2} sum_u W_uw x_u (+ b_w for 0e), for every pair of input and output blocks of one irrep.
///
/// n is the number of input copies summed over all blocks that reach the output block (path normalisation "element").
/// `weight` is flat, block pairs in the order (input, output), each (mul_in, mul_out) row-major, initialised N(0, 1);
/// `bias` holds one number per 0e output copy, zero at first. Source: e3nn.o3.Linear.
class Linear : public torch::nn::Module {
 public:
  Linear(rep::Irreps in, rep::Irreps out, LinearOptions options = {});

  /// (..., in.dim) -> (..., out.dim). @throws coset::Error on other irreps
  field::Field forward(const field::Field& x) const;

  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }

  Tensor weight;  // (weight_numel)
  Tensor bias;    // (number of 0e output copies), or undefined

 private:
  struct Path {
    std::size_t in, out;
    std::int64_t weight_offset;
  };
  Tensor block(const Tensor& x, std::size_t out) const;

  field::FieldType in_, out_;
  std::vector<Path> paths_;
};

}  // namespace coset::nn
