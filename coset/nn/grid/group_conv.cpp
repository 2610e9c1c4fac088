#include "coset/nn/grid/group_conv.h"

#include "coset/nn/grid/plan_kernel.h"

namespace coset::nn {
namespace {

using field::FieldType;

kernel::InterpolatedOptions sampling(const GroupConvOptions& o) {
  return {.size = o.size, .disk = o.disk, .ring = o.ring};
}

}  // namespace

LiftingConv::LiftingConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                         const GroupConvOptions& o)
    : GridConv(FieldType::trivial(group, in_fields), FieldType::regular(group, out_fields),
               std::make_shared<PlanKernel>(kernel::interpolated_lifting(*group, sampling(o))), {o.geometry, o.bias}) {}

GroupConv::GroupConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields, const GroupConvOptions& o)
    : GridConv(FieldType::regular(group, in_fields), FieldType::regular(group, out_fields),
               std::make_shared<PlanKernel>(kernel::interpolated_group(*group, sampling(o))), {o.geometry, o.bias}) {}

IsotropicConv::IsotropicConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                             const GroupConvOptions& o)
    : GridConv(FieldType::trivial(group, in_fields), FieldType::trivial(group, out_fields),
               std::make_shared<PlanKernel>(kernel::isotropic(*group, o.size)), {o.geometry, o.bias}) {}

}  // namespace coset::nn
