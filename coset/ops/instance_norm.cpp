#include "coset/ops/instance_norm.h"

#include "coset/base/error.h"
#include "coset/compute/kernel_report.h"
#include "coset/ops/columns.h"
#include "coset/ops/fused_state.h"
#include "coset/ops/pointers.h"

namespace coset::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using OwnerPtr = std::shared_ptr<const InstanceNorm>;

/// Operands in the order x, residual (empty: none), weight, bias, graph_of_node, row_start.
template <class T>
compute::InstanceNormInputs<T> inputs(const variable_list& v) {
  return {v[5].size(0) - 1, v[5].data_ptr<std::int64_t>(), pointer<T>(v[0]), pointer<T>(v[1]), pointer<T>(v[2]),
          pointer<T>(v[3])};
}

struct Fused : torch::autograd::Function<Fused> {
  static Tensor forward(AutogradContext* ctx, const OwnerPtr& owner, bool keep, at::TensorList operands) {
    const auto& kernel = owner->kernel();
    const variable_list list = operands.vec();
    const Tensor y = at::empty_like(list[0]);
    const Tensor saved = at::empty({keep ? kernel.saved_numel(list[5].size(0) - 1) : 0}, y.options());
    AT_DISPATCH_FLOATING_TYPES(y.scalar_type(), "instance_norm", [&] {
      kernel.forward<scalar_t>(inputs<scalar_t>(list), y.data_ptr<scalar_t>(), pointer<scalar_t>(saved));
    });
    if (keep) keep_state(ctx, owner, list, saved);
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto owner = kept_owner<InstanceNorm>(ctx);
    const FusedState state = restore_state(ctx);
    const auto composed = [&](const variable_list& v) {
      return owner->composed({v[0], v[1].numel() > 0 ? v[1] : Tensor(), v[2], v[3]}, v[4], v[5].size(0) - 1);
    };
    const auto fused = [&](const Tensor& gy) { return by_kernel(owner->kernel(), state, gy); };
    return fused_or_recorded(state, grads[0], 2, fused, composed);  // no gradients of owner, keep
  }

  static variable_list by_kernel(const compute::InstanceNorm& kernel, const FusedState& state, const Tensor& gy) {
    const variable_list& v = state.operands;
    const auto room = [&](std::size_t i) { return state.wanted[i] ? at::empty_like(v[i]) : Tensor(); };
    const Tensor gz = state.wanted[0] || state.wanted[1] ? at::empty_like(v[0]) : Tensor();  // of x and of the residual
    const Tensor gw = room(2), gb = room(3);
    AT_DISPATCH_FLOATING_TYPES(gy.scalar_type(), "instance_norm_backward", [&] {
      kernel.backward<scalar_t>(inputs<scalar_t>(v), pointer<scalar_t>(state.saved), gy.data_ptr<scalar_t>(),
                                {pointer<scalar_t>(gz), pointer<scalar_t>(gw), pointer<scalar_t>(gb)});
    });
    return {state.wanted[0] ? gz : Tensor(), state.wanted[1] ? gz : Tensor(), gw, gb, Tensor(), Tensor()};
  }
};

/// (num_graphs + 1) first node of each graph; undefined when the nodes do not ascend.
Tensor first_nodes(const Tensor& graph_of_node, std::int64_t num_graphs) {
  const Tensor graph = graph_of_node.contiguous();
  const auto* of = graph.data_ptr<std::int64_t>();
  Tensor start = at::zeros({num_graphs + 1}, at::kLong);
  auto* count = start.data_ptr<std::int64_t>() + 1;
  for (std::int64_t n = 0; n < graph.size(0); ++n) {
    check(of[n] >= 0 && of[n] < num_graphs, "[ops::InstanceNorm] expected graphs 0 .. ", num_graphs - 1, "; received ",
          of[n]);
    if (n > 0 && of[n] < of[n - 1]) return {};
    ++count[of[n]];
  }
  for (std::int64_t g = 1; g < num_graphs; ++g) count[g] += count[g - 1];
  return start;
}

}  // namespace

InstanceNorm::InstanceNorm(const rep::Irreps& irreps, compute::InstanceNormOptions options)
    : kernel_(std::make_shared<const compute::InstanceNorm>(irreps, options)),
      copy_of_column_(copy_of_column(irreps)),
      scalar_columns_(scalar_columns(irreps)) {
  const Tensor columns = copy_indicator(irreps, at::TensorOptions(at::kDouble)).sum(0);
  shares_ = options.sum_of_squares ? at::ones_like(columns) : columns.reciprocal();
}

Tensor InstanceNorm::composed(const InstanceNormOperands& in, const Tensor& graph_of_node,
                              std::int64_t num_graphs) const {
  const Tensor z = in.residual.defined() ? in.x + in.residual : in.x;
  const Tensor nodes = at::zeros({num_graphs}, z.options())
                           .index_add(0, graph_of_node, at::ones({z.size(0)}, z.options()))
                           .clamp_min(1.0)
                           .unsqueeze(1);  // (B, 1)
  const auto graph_mean = [&](const Tensor& values) {
    return at::zeros({num_graphs, values.size(1)}, z.options()).index_add(0, graph_of_node, values) / nodes;
  };
  const auto spread = [&](const Tensor& scalars) { return spread_scalars(scalars, scalar_columns_, z.size(1)); };
  const Tensor mean = graph_mean(z.index_select(1, scalar_columns_));
  const Tensor c = z - spread(mean).index_select(0, graph_of_node);
  const Tensor squares = at::zeros({z.size(0), kernel_->copies()}, z.options()).index_add(1, copy_of_column_, c * c);
  const Tensor variance = graph_mean(squares) * shares_.to(z.scalar_type());
  const Tensor scale = (variance + kernel_->options().epsilon).rsqrt() * in.weight;  // (B, copies)
  return c * scale.index_select(1, copy_of_column_).index_select(0, graph_of_node) + spread(in.bias);
}

Tensor InstanceNorm::operator()(const InstanceNormOperands& in, const Tensor& graph_of_node,
                                std::int64_t num_graphs) const {
  const Tensor& x = in.x;
  check(x.dim() == 2 && x.size(1) == kernel_->dim() && graph_of_node.dim() == 1 && x.size(0) == graph_of_node.size(0) &&
            graph_of_node.scalar_type() == at::kLong && at::isFloatingType(x.scalar_type()),
        "[ops::InstanceNorm] expected features (", graph_of_node.size(0), ", ", kernel_->dim(),
        ") and an int64 graph of each node; received ", shape_text(x.sizes()), ", ", shape_text(graph_of_node.sizes()));
  const bool alone = !in.residual.defined();
  check(alone || (in.residual.sizes() == x.sizes() && in.residual.scalar_type() == x.scalar_type()),
        "[ops::InstanceNorm] expected a residual ", shape_text(x.sizes()), " of one type with the features");
  check(in.weight.numel() == kernel_->copies() && in.bias.numel() == kernel_->scalars() &&
            in.weight.scalar_type() == x.scalar_type() && in.bias.scalar_type() == x.scalar_type(),
        "[ops::InstanceNorm] expected ", kernel_->copies(), " weights and ", kernel_->scalars(), " biases of type ",
        x.dtype().name(), "; received ", in.weight.numel(), ", ", in.bias.numel());
  const Tensor row_start = first_nodes(graph_of_node, num_graphs);
  if (!row_start.defined() || compute::resolved() == compute::Route::reference)
    return composed(in, graph_of_node, num_graphs);
  const variable_list operands{x.contiguous(),         alone ? at::empty({0}, x.options()) : in.residual.contiguous(),
                               in.weight.contiguous(), in.bias.contiguous(),
                               graph_of_node,          row_start};
  return Fused::apply(std::make_shared<const InstanceNorm>(*this), needs_backward(operands), at::TensorList(operands));
}

}  // namespace coset::ops
