#include "coset/nn/regular/planned_conv.h"

#include <cmath>

#include "coset/base/error.h"
#include "coset/kernel/grid_symmetry.h"

namespace coset::nn {
namespace {

constexpr const char* kWhere = "nn::PlannedConv";

/// A plan serves a field when it has as many components per field; scalar plans are named C1.
void check_end(const char* end, const field::FieldType& type, const std::string& name, std::int64_t dim) {
  const auto& block = type.single_block(kWhere);
  check(block.rep.dim == dim && (name == "C1" || name == type.group().name), "[", kWhere, "] expected ", end,
        " fields on the grid ", name, " of the plan; received ", type.to_string());
}

/// fibre[r, q, b] = 0 unless q = r, and more than one r.
bool is_one_to_one(const kernel::GroupConvPlan& plan) {
  if (plan.n_in != plan.n_out || plan.n_in == 1) return false;
  for (std::size_t k = 0; k < plan.fibre.size(); ++k) {
    const auto pair = static_cast<std::int64_t>(k) / plan.fibre_basis;
    if (pair / plan.n_in != pair % plan.n_in && plan.fibre[k] != 0.0) return false;
  }
  return true;
}

}  // namespace

void check_transposed(const char* where, const ops::ConvGeometry& geometry, std::int64_t size) {
  const std::int64_t reach = geometry.dilation * (size - 1);
  check(!geometry.transposed || geometry.padding <= reach, "[", where, "] expected padding <= ", reach,
        " of a transposed convolution with ", size, " cells per axis and dilation ", geometry.dilation, "; received ",
        geometry.padding);
}

bool turns_or_mirrors(const group::GroupGrid& grid) {
  for (std::int64_t h = 0; h < grid.size; ++h) {
    const auto m = grid.matrix(h);
    for (int a = 0; a < grid.space; ++a)
      for (int b = 0; b < grid.space; ++b)
        if ((a != b && m[static_cast<std::size_t>(a * grid.space + b)] != 0.0) ||
            (a == b && m[static_cast<std::size_t>(a * grid.space + b)] < 0.0))
          return true;
  }
  return false;
}

PlannedConv::PlannedConv(field::FieldType in, field::FieldType out, kernel::GroupConvPlan plan,
                         ops::ConvGeometry geometry, bool with_bias)
    : in_(std::move(in)), out_(std::move(out)), expansion_(std::move(plan)), geometry_(geometry) {
  look_at_plan();
  check_transposed(kWhere, geometry_, this->plan().size);
  const double deviation = expansion_.plan().weight_deviation(in_.fields());
  weight = register_parameter("weight",
                              at::randn({out_.fields(), in_.fields(), expansion_.plan().pair_weights()}) * deviation);
  if (with_bias) bias = register_parameter("bias", at::zeros({out_.fields()}));
}

void PlannedConv::check_plan() const {
  check(in_.space() == out_.space() && in_.space() == plan().space, "[", kWhere,
        "] expected fields and kernel on one space; received ", in_.to_string(), ", ", out_.to_string(),
        " and a kernel with ", plan().space, " axes");
  check_end("input", in_, plan().in, plan().n_in);
  check_end("output", out_, plan().out, plan().n_out);
}

void PlannedConv::replace_plan(field::FieldType in, field::FieldType out, kernel::GroupConvPlan plan) {
  check(plan.pair_weights() == weight.size(2), "[", kWhere, "] expected a plan of ", weight.size(2),
        " weights per pair; received ", kernel::to_string(plan));
  in_ = std::move(in);
  out_ = std::move(out);
  expansion_ = ops::FilterExpansion(std::move(plan));
  cache_.clear();
  look_at_plan();
}

void PlannedConv::look_at_plan() {
  check_plan();
  needs_symmetric_grid_ = turns_or_mirrors(in_.group());
  one_to_one_ = is_one_to_one(plan());
}

Tensor PlannedConv::filter_bank() {
  return cache_(is_training(), {weight}, [&] { return expansion_(weight); });
}

Tensor PlannedConv::apply(const Tensor& fibres) {
  const Tensor bank = filter_bank();  // (O, R, I, Q, k...)
  if (!one_to_one_) return ops::group_conv(fibres, bank, bias, geometry_);
  std::vector<Tensor> slices;  // the rest of the bank is zeros
  for (std::int64_t r = 0; r < plan().n_out; ++r)
    slices.push_back(ops::group_conv(fibres.narrow(2, r, 1), bank.narrow(1, r, 1).narrow(3, r, 1), bias, geometry_));
  return at::cat(slices, 2);
}

/// The derived layer's own name, which its constructor cannot know yet: from "nn::" on, or whole for a class elsewhere.
const std::string& PlannedConv::where() {
  if (where_.empty()) {
    const auto inside = name().find("nn::");
    where_ = inside == std::string::npos ? name() : name().substr(inside);
  }
  return where_;
}

field::RegularField PlannedConv::forward(const field::RegularField& f) {
  field::expect_type(where().c_str(), in_, f);
  if (needs_symmetric_grid_ && !geometry_.transposed)
    kernel::check_grid_symmetry(where().c_str(), f.sizes(),
                                {plan().size, geometry_.stride, geometry_.padding, geometry_.dilation});
  return {out_, apply(f.fibres()).flatten(1, 2)};
}

}  // namespace coset::nn
