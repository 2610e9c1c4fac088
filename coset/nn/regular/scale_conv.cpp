#include "coset/nn/regular/scale_conv.h"

namespace coset::nn {

using field::FieldType;

ScaleLiftingConv::ScaleLiftingConv(field::GridPtr scales, std::int64_t in_fields, std::int64_t out_fields,
                                   const ScaleConvOptions& o)
    : PlannedConv(FieldType::trivial(scales, in_fields), FieldType::regular(scales, out_fields),
                  kernel::hermite_lifting(*scales, o.basis), o.geometry, o.bias) {}

ScaleGroupConv::ScaleGroupConv(field::GridPtr scales, std::int64_t in_fields, std::int64_t out_fields,
                               const ScaleConvOptions& o)
    : PlannedConv(FieldType::regular(scales, in_fields), FieldType::regular(scales, out_fields),
                  kernel::hermite_group(*scales, o.basis, o.interscale), o.geometry, o.bias) {}

}  // namespace coset::nn
