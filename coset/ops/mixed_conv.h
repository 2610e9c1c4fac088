/// Steerable convolution with shared weights, linear in nodes and edges, channels mixed once per node.
#pragma once

#include "coset/ops/tensor_product.h"
#include "coset/ops/tensor_product_conv.h"

namespace coset::ops {

///   z[i] = sum over edges e = (j -> i) of TP(f[i] + f[j] + s_e, a_e; w)
///
/// where + concatenates: SE_linear's message, for example.
/// The weights mix channels only, so they commute with the attributes (e3nn.o3.TensorProduct; SEGNN):
///
///   z[i] = TP(f[i], sum_e a_e; w_i)  +  TP(sum_e s_e a_e, 1; w_s)  +  sum_e C (W_j f[j]) a_e
///
/// Three matrix products over N rows; what is left per edge is the contraction of C with a_e (tensor_product_conv with
/// weights of one). Values and derivatives to second order are those functions'.
class MixedConv {
 public:
  /// @param plan  fully connected, in1 = features + features + edge scalars, attributes of multiplicity 1
  /// @param feature_blocks  blocks of in1 in `features`
  /// @throws coset::Error unless fits(plan, feature_blocks)
  MixedConv(const rep::TensorProductPlan& plan, int feature_blocks);

  /// Is in1 features twice and then at most one block of even scalars, in2 of multiplicity 1, every path uvw,
  /// without path normalisation?
  static bool fits(const rep::TensorProductPlan& plan, int feature_blocks);

  /// @param features (N, F)
  /// @param scalars (E, k), undefined for k = 0
  /// @param attributes (E, in2.dim)
  /// @param weight (weight_numel)
  /// @return (N, out.dim); nodes without edges are zero
  /// @throws coset::Error on shapes or types that do not fit
  Tensor operator()(const Edges& edges, const Tensor& features, const Tensor& scalars, const Tensor& attributes,
                    const Tensor& weight) const;

  /// "mixed on nodes, fused": what executes it.
  std::string route() const;

 private:
  Tensor scalar_moments(const Edges& edges, const Tensor& scalars, const Tensor& attributes) const;

  rep::Irreps attribute_;
  ProductPtr receiver_, mixing_, scalar_;  // scalar_ null without edge scalars
  ConvPtr conv_;
};

}  // namespace coset::ops
