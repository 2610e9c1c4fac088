#include "coset/nn/regular/spline_conv.h"

#include <cmath>
#include <numbers>

#include "coset/base/error.h"

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
                                      const kernel::SpatialSplines& spatial, std::int64_t size) {
  return fibre != nullptr ? kernel::spline_group(grid, grid, *fibre, spatial, size)
                          : kernel::spline_lifting(grid, spatial, size);
}

FieldType deformable_input(const field::GridPtr& group, std::int64_t fields, bool lifts) {
  return lifts ? FieldType::trivial(group, fields) : FieldType::regular(group, fields);
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
    : PlannedConv(deformable_input(group, in_fields, fibre == nullptr), FieldType::regular(group, out_fields),
                  deformable_plan(*group, fibre, splines(*group, o), cells(*group, o)), o.geometry, o.bias),
      spatial_(splines(*group, o)),
      width_(o.width) {
  if (fibre != nullptr) splines_ = *fibre;
  centres = register_parameter("centres", to_tensor(spatial_.centres, {spatial_.count(group->space), group->space}));
  if (splines_) free_fibre(group->space);
  tabulate(*group);
}

void DeformableSplineConv::change_grid(field::GridPtr group) {
  auto plan = deformable_plan(*group, splines_ ? &*splines_ : nullptr, spatial_, this->plan().size);
  replace_plan(deformable_input(group, in().fields(), !splines_), FieldType::regular(group, out().fields()),
               std::move(plan));
  tabulate(*group);
}

void DeformableSplineConv::free_fibre(std::int64_t space) {
  const auto& fibre = *splines_;
  check(fibre.order == 2, "[nn::DeformableSplineConv] expected quadratic splines along H; received order ",
        fibre.order);
  if (space == 3) return;
  turns_ = space == 2 && fibre.angle_width > 0.0;
  if (turns_) fibre_widths_.push_back(fibre.angle_width);
  if (fibre.scale_width > 0.0) fibre_widths_.push_back(fibre.scale_width);
  if (fibre_widths_.empty()) return;
  std::vector<double> start;
  for (std::int64_t b = 0; b < fibre.centres.size; ++b)
    coordinates(group::log_coordinates(space, fibre.centres.matrix(b)), start);
  fibre_centres = register_parameter(
      "fibre_centres", to_tensor(start, {fibre.centres.size, static_cast<std::int64_t>(fibre_widths_.size())}));
}

/// Appends what the splines along H depend on.
void DeformableSplineConv::coordinates(const group::LogCoordinates& u, std::vector<double>& to) const {
  if (turns_) to.push_back(u.rotation[0]);
  if (splines_->scale_width > 0.0) to.push_back(u.log_scale);
}

void DeformableSplineConv::hold(const std::string& name, Tensor& buffer, const Tensor& values) {
  if (buffer.defined())
    buffer.set_data(values.to(buffer.options()));
  else
    buffer = register_buffer(name, values);
}

/// Everything that depends on the grid and on no parameter.
void DeformableSplineConv::tabulate(const group::GroupGrid& grid) {
  hold("cells", cells_,
       to_tensor(kernel::pulled_back_cells(grid, plan().size), {plan().n_out, plan().taps, grid.space}));
  if (fibre_centres.defined()) return tabulate_fibre(grid);
  auto factor = plan().fibre;
  const auto per_copy = plan().n_in * plan().fibre_basis;
  for (std::size_t k = 0; k < factor.size(); ++k)
    factor[k] /= std::abs(grid.determinant(static_cast<std::int64_t>(k) / per_copy));
  hold("fibre", fibre_, to_tensor(factor, {plan().n_out, plan().n_in, plan().fibre_basis}));
}

void DeformableSplineConv::tabulate_fibre(const group::GroupGrid& grid) {
  const auto& centres_on_h = splines_->centres;
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
  hold("relative", relative_, to_tensor(relative, {grid.size, grid.size, axes}));
  hold("weight_on_h", weight_on_h_, to_tensor(weights, {grid.size, grid.size, centres_on_h.size}));
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
