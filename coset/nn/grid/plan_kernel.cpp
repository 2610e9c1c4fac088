#include "coset/nn/grid/plan_kernel.h"

#include "coset/base/error.h"

namespace coset::nn {
namespace {

constexpr const char* kWhere = "nn::PlanKernel";

/// A plan serves a field when it has as many components per field; scalar plans are named C1.
void check_end(const char* end, const field::FieldType& type, const std::string& name, std::int64_t dim) {
  const auto& block = type.single_block(kWhere);
  check(block.rep.dim == dim && (name == "C1" || name == type.group().name), "[", kWhere, "] expected ", end,
        " fields on the grid ", name, " of the plan; received ", type);
}

void check_plan(const kernel::GroupConvPlan& plan, const field::FieldType& in, const field::FieldType& out) {
  check(in.space() == plan.space && out.space() == plan.space, "[", kWhere,
        "] expected fields and kernel on one space; received ", in, ", ", out, " and a kernel with ", plan.space,
        " axes");
  check_end("input", in, plan.in, plan.n_in);
  check_end("output", out, plan.out, plan.n_out);
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

PlanKernel::PlanKernel(kernel::GroupConvPlan plan)
    : expansion_(std::move(plan)), one_to_one_(is_one_to_one(expansion_.plan())) {}

void PlanKernel::attach(torch::nn::Module& owner, const field::FieldType& in, const field::FieldType& out) {
  check_plan(plan(), in, out);
  const double deviation = plan().weight_deviation(in.fields());
  weight =
      owner.register_parameter("weight", at::randn({out.fields(), in.fields(), plan().pair_weights()}) * deviation);
}

void PlanKernel::replace(kernel::GroupConvPlan plan, const field::FieldType& in, const field::FieldType& out) {
  check(plan.pair_weights() == weight.size(2), "[", kWhere, "] expected a plan of ", weight.size(2),
        " weights per pair; received ", kernel::describe(plan));
  check_plan(plan, in, out);
  expansion_ = ops::FilterExpansion(std::move(plan));
  one_to_one_ = is_one_to_one(this->plan());
}

}  // namespace coset::nn
