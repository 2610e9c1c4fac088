/// Steerable convolution of images: GridConv with the kernels of coset/nn/grid/steerable_kernel.h.
#pragma once

#include "coset/nn/grid/grid_conv.h"
#include "coset/nn/grid/steerable_kernel.h"

namespace coset::nn {

/// SteerableKernelOptions, and how the bank is applied.
struct SteerableConvOptions {
  std::int64_t size = 5;
  ops::ConvGeometry geometry{};
  bool bias = true;
  double frequencies = 0.0;
  double sigma = 0.6;
};

/// Between fields of any types over C_N or D_N.
class SteerableConv : public GridConv {
 public:
  SteerableConv(field::FieldType in, field::FieldType out, const SteerableConvOptions& options = {});
};

}  // namespace coset::nn
