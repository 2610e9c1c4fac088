#include "coset/nn/grid/steerable_conv.h"

namespace coset::nn {

SteerableConv::SteerableConv(field::FieldType in, field::FieldType out, const SteerableConvOptions& o)
    : GridConv(std::move(in), std::move(out),
               std::make_shared<SteerableKernel>(SteerableKernelOptions{o.size, o.frequencies, o.sigma}),
               {o.geometry, o.bias}) {}

}  // namespace coset::nn
