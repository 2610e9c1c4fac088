/// Scale-translation equivariant layers with Hermite-Gauss kernels (SESN). The scale axis is truncated: equivariance
/// holds away from the largest scales and the image border. Projection over scales: coset/nn/regular/pooling.h. Source:
/// specification 4.2.
#pragma once

#include "coset/kernel/hermite_basis.h"
#include "coset/nn/regular/planned_conv.h"

namespace coset::nn {

struct ScaleConvOptions {
  kernel::HermiteOptions basis{};
  std::int64_t interscale = 1;  ///< input scales that one output scale looks at (group layer)
  ops::ConvGeometry geometry{};
  bool bias = true;
};

class ScaleLiftingConv : public PlannedConv {
 public:
  ScaleLiftingConv(field::GridPtr scales, std::int64_t in_fields, std::int64_t out_fields,
                   const ScaleConvOptions& options = {});
};

class ScaleGroupConv : public PlannedConv {
 public:
  ScaleGroupConv(field::GridPtr scales, std::int64_t in_fields, std::int64_t out_fields,
                 const ScaleConvOptions& options = {});
};

}  // namespace coset::nn
