#include "coset/nn/regular/group_conv.h"

namespace coset::nn {

using field::FieldType;

LiftingConv::LiftingConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                         const GroupConvOptions& o)
    : PlannedConv(FieldType::trivial(group, in_fields), FieldType::regular(group, out_fields),
                  kernel::interpolated_lifting(*group, {.size = o.size, .disk = o.disk, .ring = o.ring}), o.geometry,
                  o.bias) {}

GroupConv::GroupConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields, const GroupConvOptions& o)
    : PlannedConv(FieldType::regular(group, in_fields), FieldType::regular(group, out_fields),
                  kernel::interpolated_group(*group, {.size = o.size, .disk = o.disk, .ring = o.ring}), o.geometry,
                  o.bias) {}

IsotropicConv::IsotropicConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                             const GroupConvOptions& o)
    : PlannedConv(FieldType::trivial(group, in_fields), FieldType::trivial(group, out_fields),
                  kernel::isotropic(*group, o.size), o.geometry, o.bias) {}

}  // namespace coset::nn
