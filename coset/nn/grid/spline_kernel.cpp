#include "coset/nn/grid/spline_kernel.h"

#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/ops/array.h"

namespace coset::nn {
namespace {

using field::FieldType;

constexpr double kTurn = 2.0 * std::numbers::pi;

kernel::SpatialSplines lattice(const group::GroupGrid& grid, const SplineKernelOptions& o) {
  return kernel::spline_lattice(grid.space, o.count, o.spacing, o.width, o.disk);
}

kernel::GroupConvPlan spline_plan(const group::GroupGrid& grid, const std::optional<kernel::FibreSplines>& fibre,
                                  const kernel::SpatialSplines& spatial, std::int64_t size) {
  return fibre ? kernel::spline_group(grid, grid, *fibre, spatial, size) : kernel::spline_lifting(grid, spatial, size);
}

std::int64_t cells(const group::GroupGrid& grid, const SplineKernelOptions& o) {
  return o.size != 0 ? o.size : kernel::spline_cells(grid, lattice(grid, o));
}

/// B^2 of tensors, once continuously differentiable in the centres.
Tensor quadratic_spline(const Tensor& x) {
  const Tensor a = x.abs();
  const Tensor outer = 0.5 * (1.5 - a).clamp_min(0.0).square();
  return at::where(a < 0.5, 0.75 - x.square(), outer);
}

Tensor float_tensor(const std::vector<double>& numbers, at::IntArrayRef shape) {
  return ops::real_tensor(numbers).view(shape).to(at::kFloat);
}

/// A buffer's first values, or new ones of the element type that it has by now.
void hold(torch::nn::Module* owner, const std::string& name, Tensor& buffer, const Tensor& values) {
  if (owner == nullptr)
    buffer.set_data(values.to(buffer.options()));
  else
    buffer = owner->register_buffer(name, values);
}

}  // namespace

SplineKernel::SplineKernel(const group::GroupGrid& grid, std::optional<kernel::FibreSplines> fibre,
                           const SplineKernelOptions& o)
    : PlanKernel(spline_plan(grid, fibre, lattice(grid, o), cells(grid, o))),
      fibre_splines_(std::move(fibre)),
      spatial_(lattice(grid, o)) {}

void SplineKernel::change_grid(const FieldType& in, const FieldType& out) {
  replace(spline_plan(out.group(), fibre_splines_, spatial_, size()), in, out);
}

DeformableKernel::DeformableKernel(const field::GridPtr& grid, std::optional<kernel::FibreSplines> fibre,
                                   const SplineKernelOptions& o)
    : SplineKernel(*grid, std::move(fibre), o), grid_(grid), width_(o.width) {
  check(!fibre_splines_ || fibre_splines_->order == 2,
        "[nn::DeformableKernel] expected quadratic splines along H; received order ",
        fibre_splines_ ? fibre_splines_->order : 2);
}

void DeformableKernel::attach(torch::nn::Module& owner, const FieldType& in, const FieldType& out) {
  SplineKernel::attach(owner, in, out);
  const std::int64_t space = grid_->space;
  centres = owner.register_parameter("centres", float_tensor(spatial_.centres, {spatial_.count(grid_->space), space}));
  if (const Tensor start = first_fibre_centres(); start.defined())
    fibre_centres = owner.register_parameter("fibre_centres", start);
  tabulate(*grid_, &owner);
}

void DeformableKernel::change_grid(const FieldType& in, const FieldType& out) {
  SplineKernel::change_grid(in, out);
  grid_ = out.shared_group();
  tabulate(*grid_, nullptr);
}

Tensor DeformableKernel::first_fibre_centres() {
  const int space = grid_->space;
  if (!fibre_splines_ || space == 3) return {};
  const auto& fibre = *fibre_splines_;
  turns_ = space == 2 && fibre.angle_width > 0.0;
  if (turns_) fibre_widths_.push_back(fibre.angle_width);
  if (fibre.scale_width > 0.0) fibre_widths_.push_back(fibre.scale_width);
  if (fibre_widths_.empty()) return {};
  std::vector<double> start;
  for (std::int64_t b = 0; b < fibre.centres.size; ++b)
    coordinates(group::log_coordinates(space, fibre.centres.matrix(b)), start);
  return float_tensor(start, {fibre.centres.size, static_cast<std::int64_t>(fibre_widths_.size())});
}

/// Appends what the splines along H depend on.
void DeformableKernel::coordinates(const group::LogCoordinates& u, std::vector<double>& to) const {
  if (turns_) to.push_back(u.rotation[0]);
  if (fibre_splines_->scale_width > 0.0) to.push_back(u.log_scale);
}

/// Everything that depends on the grid and on no parameter; `owner` the first time.
void DeformableKernel::tabulate(const group::GroupGrid& grid, torch::nn::Module* owner) {
  hold(owner, "cells", cells_,
       float_tensor(kernel::pulled_back_cells(grid, size()), {plan().n_out, plan().taps, grid.space}));
  if (fibre_centres.defined()) return tabulate_fibre(grid, owner);
  auto factor = plan().fibre;
  const auto per_copy = plan().n_in * plan().fibre_basis;
  for (std::size_t k = 0; k < factor.size(); ++k)
    factor[k] /= std::abs(grid.determinant(static_cast<std::int64_t>(k) / per_copy));
  hold(owner, "fibre", fibre_, float_tensor(factor, {plan().n_out, plan().n_in, plan().fibre_basis}));
}

void DeformableKernel::tabulate_fibre(const group::GroupGrid& grid, torch::nn::Module* owner) {
  const auto& centres_on_h = fibre_splines_->centres;
  std::vector<int> components;
  for (std::int64_t b = 0; b < centres_on_h.size; ++b)
    components.push_back(group::log_coordinates(grid.space, centres_on_h.matrix(b)).component);
  std::vector<double> relative, weights;
  for (std::int64_t r = 0; r < grid.size; ++r)
    for (std::int64_t q = 0; q < grid.size; ++q) {
      const auto u = group::relative_log(grid, r, grid, q);
      coordinates(u, relative);
      for (int component : components)
        weights.push_back(
            component != u.component ? 0.0 : grid.haar[static_cast<std::size_t>(q)] / std::abs(grid.determinant(r)));
    }
  const auto axes = static_cast<std::int64_t>(fibre_widths_.size());
  hold(owner, "relative", relative_, float_tensor(relative, {grid.size, grid.size, axes}));
  hold(owner, "weight_on_h", weight_on_h_, float_tensor(weights, {grid.size, grid.size, centres_on_h.size}));
}

Tensor DeformableKernel::fibre_factor() const {
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

std::vector<Tensor> DeformableKernel::sources() const {
  std::vector<Tensor> all{weight, centres};
  if (fibre_centres.defined()) all.push_back(fibre_centres);
  return all;
}

Tensor DeformableKernel::bank() const {
  const Tensor spatial = quadratic_spline((cells_.unsqueeze(2) - centres) / width_).prod(-1);  // (R, P, C)
  const Tensor w = weight.unflatten(2, {plan().fibre_basis, plan().spatial_basis});            // (O, I, B, C)
  const Tensor spread = at::einsum("rpc,oibc->roibp", {spatial, w});
  const Tensor bank = at::einsum("rqb,roibp->oriqp", {fibre_factor(), spread});
  return bank.unflatten(4, std::vector<std::int64_t>(static_cast<std::size_t>(plan().space), plan().size));
}

}  // namespace coset::nn
