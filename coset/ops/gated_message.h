/// SEGNN's message and its sum at the receivers, on tensors.
#pragma once

#include <memory>

#include "coset/compute/gated_message.h"
#include "coset/ops/edges.h"
#include "coset/ops/gated_product.h"

namespace coset::ops {

struct GatedMessageOperands {
  Tensor features;    // (N, H)
  Tensor extra;       // (E, k), k = 0 when a message has no extra input
  Tensor attributes;  // (E, in2.dim)
  Tensor w1, b1, w2, b2;
};

class GatedMessage {
 public:
  /// @throws coset::Error when plans, gates and blocks do not fit together
  explicit GatedMessage(const compute::GatedMessageSpec& spec);

  /// m[i] = sum over e = (j -> i) of gate2(TP2(gate1(TP1(f[i] + f[j] + extra_e, a_e; w1) + b1), a_e; w2) + b2)   (N, H)
  /// No per-edge message reaches memory beyond what the backward pass needs. Second derivatives as in GatedProduct.
  /// @throws coset::Error on shapes or types that do not fit
  Tensor operator()(const Edges& edges, const GatedMessageOperands& operands) const;

  /// The same by gather, two composed products and a segment sum.
  Tensor composed(const Edges& edges, const GatedMessageOperands& operands) const;

  const compute::GatedMessage& kernel() const { return *kernel_; }

 private:
  std::shared_ptr<const compute::GatedMessage> kernel_;
  std::shared_ptr<const GatedProduct> first_, second_;
};

}  // namespace coset::ops
