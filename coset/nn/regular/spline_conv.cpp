#include "coset/nn/regular/spline_conv.h"

#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/group/log_coordinates.h"

namespace coset::nn {
namespace {

using field::FieldType;

constexpr double kTurn = 2.0 * std::numbers::pi;

kernel::SpatialSplines splines(const group::GroupGrid& grid, const SplineConvOptions& o) {
  return kernel::spline_lattice(grid.space, o.count, o.spacing, o.width, o.disk);
}

std::int64_t cells(const group::GroupGrid& grid, const SplineConvOptions& o) {
  return o.size != 0 ? o.size : kernel::spline_cells(grid, splines(grid, o));
}

/// B^2 of tensors, once continuously differentiable in the centres.
Tensor quadratic_spline(const Tensor& x) {
  const Tensor a = x.abs();
  const Tensor outer = 0.5 * (1.5 - a).clamp_min(0.0).square();
  return at::where(a < 0.5, 0.75 - x.square(), outer);
}

Tensor to_tensor(const std::vector<double>& numbers, at::IntArrayRef shape) {
  return torch::tensor(at::ArrayRef<double>(numbers), at::kDouble).view(shape).to(at::kFloat);
}

kernel::GroupConvPlan deformable_plan(const group::GroupGrid& grid, const kernel::FibreSplines* fibre,
                                      const SplineConvOptions& o) {
  const auto spatial = splines(grid, o);
  return fibre != nullptr ? kernel::spline_group(grid, grid, *fibre, spatial, cells(grid, o))
                          : kernel::spline_lifting(grid, spatial, cells(grid, o));
}

}  // namespace

SplineLiftingConv::SplineLiftingConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                                     const SplineConvOptions& o)
    : PlannedConv(FieldType::trivial(group, in_fields), FieldType::regular(group, out_fields),
                  kernel::spline_lifting(*group, splines(*group, o), cells(*group, o)), o.geometry, o.bias),
      spatial_(splines(*group, o)) {}

void SplineLiftingConv::change_grid(field::GridPtr group) {
  auto plan = kernel::spline_lifting(*group, spatial_, this->plan().size);
  replace_plan(FieldType::trivial(group, in().fields()), FieldType::regular(group, out().fields()), std::move(plan));
}

SplineGroupConv::SplineGroupConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                                 kernel::FibreSplines fibre, const SplineConvOptions& o)
    : PlannedConv(FieldType::regular(group, in_fields), FieldType::regular(group, out_fields),
                  kernel::spline_group(*group, *group, fibre, splines(*group, o), cells(*group, o)), o.geometry,
                  o.bias),
      fibre_(std::move(fibre)),
      spatial_(splines(*group, o)) {}

void SplineGroupConv::change_grid(field::GridPtr group) {
  auto plan = kernel::spline_group(*group, *group, fibre_, spatial_, this->plan().size);
  replace_plan(FieldType::regular(group, in().fields()), FieldType::regular(group, out().fields()), std::move(plan));
}

DeformableSplineConv::DeformableSplineConv(field::GridPtr group, std::int64_t in_fields, std::int64_t out_fields,
                                           const kernel::FibreSplines* fibre, const SplineConvOptions& o)
    : PlannedConv(fibre != nullptr ? FieldType::regular(group, in_fields) : FieldType::trivial(group, in_fields),
                  FieldType::regular(group, out_fields), deformable_plan(*group, fibre, o), o.geometry, o.bias),
      width_(o.width) {
  const auto spatial = splines(*group, o);
  centres = register_parameter("centres", to_tensor(spatial.centres, {spatial.count(group->space), group->space}));
  cells_ = register_buffer(
      "cells", to_tensor(kernel::pulled_back_cells(*group, plan().size), {plan().n_out, plan().taps, group->space}));
  if (fibre != nullptr) free_fibre(*group, *fibre);
  if (fibre_centres.defined()) return;
  auto factor = plan().fibre;
  const auto per_copy = plan().n_in * plan().fibre_basis;
  for (std::size_t k = 0; k < factor.size(); ++k)
    factor[k] /= std::abs(group->determinant(static_cast<std::int64_t>(k) / per_copy));
  fibre_ = register_buffer("fibre", to_tensor(factor, {plan().n_out, plan().n_in, plan().fibre_basis}));
}

void DeformableSplineConv::free_fibre(const group::GroupGrid& grid, const kernel::FibreSplines& fibre) {
  check(fibre.order == 2, "[nn::DeformableSplineConv] expected quadratic splines along H; received order ",
        fibre.order);
  if (grid.space == 3) return;
  const bool turns = grid.space == 2 && fibre.angle_width > 0.0, scales = fibre.scale_width > 0.0;
  turns_ = turns;
  if (turns) fibre_widths_.push_back(fibre.angle_width);
  if (scales) fibre_widths_.push_back(fibre.scale_width);
  if (fibre_widths_.empty()) return;
  const auto coordinates = [&](const group::LogCoordinates& u, std::vector<double>& to) {
    if (turns) to.push_back(u.rotation[0]);
    if (scales) to.push_back(u.log_scale);
  };
  std::vector<double> start, relative, weights;
  std::vector<int> components;
  for (std::int64_t b = 0; b < fibre.centres.size; ++b) {
    const auto u = group::log_coordinates(grid.space, fibre.centres.matrix(b));
    coordinates(u, start);
    components.push_back(u.component);
  }
  for (std::int64_t r = 0; r < grid.size; ++r)
    for (std::int64_t q = 0; q < grid.size; ++q) {
      const auto u = group::relative_log(grid, r, grid, q);
      coordinates(u, relative);
      for (int component : components)
        weights.push_back(
            component != u.component ? 0.0 : grid.haar[static_cast<std::size_t>(q)] / std::abs(grid.determinant(r)));
    }
  const auto axes = static_cast<std::int64_t>(fibre_widths_.size());
  fibre_centres = register_parameter("fibre_centres", to_tensor(start, {fibre.centres.size, axes}));
  relative_ = register_buffer("relative", to_tensor(relative, {grid.size, grid.size, axes}));
  weight_on_h_ = register_buffer("weight_on_h", to_tensor(weights, {grid.size, grid.size, fibre.centres.size}));
}

Tensor DeformableSplineConv::fibre_factor() const {
  if (!fibre_centres.defined()) return fibre_;
  Tensor factor = weight_on_h_;
  for (std::size_t k = 0; k < fibre_widths_.size(); ++k) {
    const auto axis = static_cast<std::int64_t>(k);
    Tensor apart = relative_.select(2, axis).unsqueeze(2) - fibre_centres.select(1, axis);  // (R, Q, B)
    if (k == 0 && turns_) apart = apart - kTurn * at::round(apart / kTurn);
    factor = factor * quadratic_spline(apart / fibre_widths_[k]);
  }
  return factor;
}

Tensor DeformableSplineConv::filter_bank() {
  std::vector<Tensor> sources{weight, centres};
  if (fibre_centres.defined()) sources.push_back(fibre_centres);
  return cache_(is_training(), sources, [this] { return build(); });
}

Tensor DeformableSplineConv::build() const {
  const Tensor spatial = quadratic_spline((cells_.unsqueeze(2) - centres) / width_).prod(-1);  // (R, P, C)
  const Tensor w = weight.unflatten(2, {plan().fibre_basis, plan().spatial_basis});            // (O, I, B, C)
  const Tensor spread = at::einsum("rpc,oibc->roibp", {spatial, w});
  const Tensor bank = at::einsum("rqb,roibp->oriqp", {fibre_factor(), spread});
  return bank.unflatten(4, std::vector<std::int64_t>(static_cast<std::size_t>(plan().space), plan().size));
}

}  // namespace coset::nn
