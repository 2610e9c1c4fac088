/// Scale-translation equivariant layers with Hermite-Gauss kernels (SESN).
///
///   lifting   y_r(x) = sum_p k(p; s_r) f(x + p)
///   group     y_r(x) = sum_{j < interscale} sum_p k_j(p; s_r) f_{r+j}(x + p)
///   with      k(p; s) = sum_n w_n psi_n(p; s), psi_n of coset/kernel/hermite_basis.h
///
/// The scale axis is truncated: equivariance holds away from the largest scales and the image border. Projection over
/// scales: coset/nn/pooling.h. Constructors @throws coset::Error where the plan does.
/// Source: Sosnovik et al., arXiv 1910.11093.
#pragma once

#include "coset/kernel/hermite_basis.h"
#include "coset/nn/grid/grid_conv.h"

namespace coset::nn {

struct ScaleConvOptions {
  kernel::HermiteOptions basis{};
  std::int64_t interscale = 1;  ///< input scales that one output scale looks at (group layer)
  ops::ConvGeometry geometry{};
  bool bias = true;
};

class ScaleLiftingConv : public GridConv {
 public:
  ScaleLiftingConv(field::GridPtr scales, std::int64_t in_fields, std::int64_t out_fields,
                   const ScaleConvOptions& options = {});
};

class ScaleGroupConv : public GridConv {
 public:
  ScaleGroupConv(field::GridPtr scales, std::int64_t in_fields, std::int64_t out_fields,
                 const ScaleConvOptions& options = {});
};

}  // namespace coset::nn
