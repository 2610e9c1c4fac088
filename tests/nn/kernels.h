/// The kernels inside convolutions, as the classes that they are.
#pragma once

#include "coset/nn/grid/grid_conv.h"
#include "coset/nn/grid/plan_kernel.h"

namespace coset::nn {

template <class K>
K& kernel_of(GridConv& conv) {
  return dynamic_cast<K&>(conv.kernel());
}

inline const kernel::GroupConvPlan& plan_of(GridConv& conv) {
  return kernel_of<PlanKernel>(conv).plan();
}

}  // namespace coset::nn
