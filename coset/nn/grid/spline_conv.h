/// Group convolutions with continuous kernels, B-splines on the Lie algebra (coset/nn/grid/spline_kernel.h).
///
/// change_grid samples the same kernels on another grid of the same group.
#pragma once

#include "coset/nn/grid/grid_conv.h"
#include "coset/nn/grid/spline_kernel.h"

namespace coset::nn {

/// SplineKernelOptions, and how the bank is applied.
struct SplineConvOptions {
  std::int64_t count = 5;
  double spacing = 1.0;
  double width = 1.0;
  bool disk = true;
  std::int64_t size = 0;
  ops::ConvGeometry geometry{};
  bool bias = true;
};

class SplineLiftingConv : public GridConv {
 public:
  SplineLiftingConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                    const SplineConvOptions& options = {});
};

class SplineGroupConv : public GridConv {
 public:
  SplineGroupConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields, kernel::FibreSplines fibre,
                  const SplineConvOptions& options = {});
};

/// Trainable centres.
class DeformableSplineConv : public GridConv {
 public:
  /// @param fibre  splines along H, or nothing for a lifting layer
  DeformableSplineConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                       const kernel::FibreSplines* fibre, const SplineConvOptions& options = {});
};

}  // namespace coset::nn
