#include "coset/nn/grid/scale_conv.h"

#include "coset/nn/grid/plan_kernel.h"

namespace coset::nn {

using field::FieldType;

ScaleLiftingConv::ScaleLiftingConv(field::GridPtr scales, std::int64_t in_fields, std::int64_t out_fields,
                                   const ScaleConvOptions& o)
    : GridConv(FieldType::trivial(scales, in_fields), FieldType::regular(scales, out_fields),
               std::make_shared<PlanKernel>(kernel::hermite_lifting(*scales, o.basis)), {o.geometry, o.bias}) {}

ScaleGroupConv::ScaleGroupConv(field::GridPtr scales, std::int64_t in_fields, std::int64_t out_fields,
                               const ScaleConvOptions& o)
    : GridConv(FieldType::regular(scales, in_fields), FieldType::regular(scales, out_fields),
               std::make_shared<PlanKernel>(kernel::hermite_group(*scales, o.basis, o.interscale)),
               {o.geometry, o.bias}) {}

}  // namespace coset::nn
