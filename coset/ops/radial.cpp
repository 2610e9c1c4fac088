#include "coset/ops/radial.h"

#include <functional>

#include "coset/base/error.h"
#include "coset/ops/capsule.h"

namespace coset::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Several functions of one number, with two derivatives.
struct Table {
  std::function<void(double, std::span<kernel::RadialValue>)> functions;
  std::int64_t count = 1;
};
using TablePtr = std::shared_ptr<const Table>;

double derivative(const kernel::RadialValue& f, std::int64_t order) {
  return order == 0 ? f.value : order == 1 ? f.first : f.second;
}

/// The derivative of one order of every function, (E) -> (E, count); its own derivative is that of the next order.
struct Radial : torch::autograd::Function<Radial> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const TablePtr& table, std::int64_t order) {
    check(order <= 2, "[ops::radial_basis] third derivatives are not available");
    const Tensor points = x.to(at::kDouble).contiguous();
    const Tensor out = at::empty({x.size(0), table->count}, points.options());
    std::vector<kernel::RadialValue> row(static_cast<std::size_t>(table->count));
    auto* to = out.data_ptr<double>();
    for (std::int64_t e = 0; e < x.size(0); ++e) {
      table->functions(points.data_ptr<double>()[e], row);
      for (const auto& f : row) *to++ = derivative(f, order);
    }
    ctx->save_for_backward({x});
    ctx->saved_data["table"] = make_capsule(table);
    ctx->saved_data["order"] = order;
    return out.to(x.scalar_type());
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const Tensor x = ctx->get_saved_variables()[0];
    const auto table = open_capsule<const Table>(ctx->saved_data["table"]);
    const Tensor slopes = Radial::apply(x, table, ctx->saved_data["order"].toInt() + 1);
    return {(grads[0] * slopes).sum(1), Tensor(), Tensor()};
  }
};

Tensor apply_table(const char* where, TablePtr table, const Tensor& distance) {
  check(distance.dim() == 1 && at::isFloatingType(distance.scalar_type()) && distance.device().is_cpu(), "[", where,
        "] expected distances (E) of a floating type on the CPU; received ", shape_text(distance.sizes()), " of ",
        distance.dtype().name(), " on ", distance.device().str());
  return Radial::apply(distance, table, 0);
}

}  // namespace

Tensor radial_basis(const kernel::RadialEmbedding& embedding, const Tensor& distance) {
  auto table = std::make_shared<Table>();
  table->functions = [embedding](double r, std::span<kernel::RadialValue> out) { evaluate(embedding, r, out); };
  table->count = embedding.number;
  return apply_table("ops::radial_basis", std::move(table), distance);
}

Tensor polynomial_cutoff(const Tensor& distance, double r_max, double p) {
  auto table = std::make_shared<Table>();
  table->functions = [=](double r, std::span<kernel::RadialValue> out) {
    out[0] = kernel::polynomial_cutoff(r, r_max, p);
  };
  return apply_table("ops::polynomial_cutoff", std::move(table), distance).squeeze(1);
}

}  // namespace coset::ops
