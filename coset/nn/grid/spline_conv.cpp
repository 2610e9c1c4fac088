#include "coset/nn/grid/spline_conv.h"

namespace coset::nn {
namespace {

using field::FieldType;

SplineKernelOptions kernels(const SplineConvOptions& o) {
  return {o.count, o.spacing, o.width, o.disk, o.size};
}

std::optional<kernel::FibreSplines> copy(const kernel::FibreSplines* fibre) {
  return fibre != nullptr ? std::optional(*fibre) : std::nullopt;
}

}  // namespace

SplineLiftingConv::SplineLiftingConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                                     const SplineConvOptions& o)
    : GridConv(FieldType::trivial(group, in_fields), FieldType::regular(group, out_fields),
               std::make_shared<SplineKernel>(*group, std::nullopt, kernels(o)), {o.geometry, o.bias}) {}

SplineGroupConv::SplineGroupConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                                 kernel::FibreSplines fibre, const SplineConvOptions& o)
    : GridConv(FieldType::regular(group, in_fields), FieldType::regular(group, out_fields),
               std::make_shared<SplineKernel>(*group, std::move(fibre), kernels(o)), {o.geometry, o.bias}) {}

DeformableSplineConv::DeformableSplineConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                                           const kernel::FibreSplines* fibre, const SplineConvOptions& o)
    : GridConv(fibre == nullptr ? FieldType::trivial(group, in_fields) : FieldType::regular(group, in_fields),
               FieldType::regular(group, out_fields),
               std::make_shared<DeformableKernel>(group, copy(fibre), kernels(o)), {o.geometry, o.bias}) {}

}  // namespace coset::nn
