#include "coset/ops/instance_norm.h"

#include "coset/base/error.h"
#include "coset/compute/kernel_report.h"
#include "coset/ops/columns.h"
#include "coset/ops/operands.h"
#include "coset/ops/operation.h"

namespace coset::ops {

namespace {

/// Operands in the order x, residual (empty: none), weight, bias, graph_of_node, row_start.
template <class T>
compute::InstanceNormInputs<T> inputs(const Tensors& v) {
  return {v[5].size(0) - 1, v[5].data_ptr<std::int64_t>(), pointer<T>(v[0]), pointer<T>(v[1]), pointer<T>(v[2]),
          pointer<T>(v[3])};
}

struct Norm : KernelOperation<Norm, Operation::Second::composed> {
  static constexpr const char* kName = "ops::InstanceNorm";
  explicit Norm(const InstanceNorm& of) : owner(of) {}

  Shape output_shape(const Tensors& in) const { return in[0].sizes().vec(); }
  std::int64_t saved_numel(const Tensors& in) const { return owner.kernel().saved_numel(in[5].size(0) - 1); }
  /// x and the residual share a gradient.
  Tensors room(const Tensors& in, const std::vector<bool>& wanted) const {
    const Tensor gz = wanted[0] || wanted[1] ? room_like(in[0]) : Tensor();
    return {gz, gz, wanted[2] ? room_like(in[2]) : Tensor(), wanted[3] ? room_like(in[3]) : Tensor(), {}, {}};
  }

  template <class T>
  void value(const Tensors& in, T* y, T* saved) const {
    owner.kernel().forward<T>(inputs<T>(in), y, saved);
  }
  template <class T>
  void gradients(const Backward<T>& at, const Tensors& out) const {
    owner.kernel().backward<T>(inputs<T>(at.in), at.saved, at.gz,
                               {pointer<T>(out[0]), pointer<T>(out[2]), pointer<T>(out[3])});
  }
  Tensor composed(const Tensors& v) const {
    return owner.composed({v[0], v[1].numel() > 0 ? v[1] : Tensor(), v[2], v[3]}, v[4], v[5].size(0) - 1);
  }

  InstanceNorm owner;
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

std::int64_t rows_of(const Tensor& x) {
  return x.defined() && x.dim() > 0 ? x.size(0) : kAny;
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
  const bool alone = !in.residual.defined();
  check_operands(Norm::kName, {{"x", x, {kAny, kernel_->dim()}},
                               {"residual", alone ? x : in.residual, {alone ? kAny : rows_of(x), kernel_->dim()}},
                               {"weight", in.weight, {kernel_->copies()}},
                               {"bias", in.bias, {kernel_->scalars()}}});
  check_index(Norm::kName, "graph_of_node", graph_of_node, x.size(0));
  check(num_graphs >= 0, "[ops::InstanceNorm] expected num_graphs >= 0; received ", num_graphs);
  const Tensor row_start = first_nodes(graph_of_node, num_graphs);
  if (!row_start.defined() || compute::resolved() == compute::Route::reference)
    return composed(in, graph_of_node, num_graphs);
  return differentiable(c10::make_intrusive<Norm>(*this),
                        {dense(x), alone ? at::empty({0}, x.options()) : dense(in.residual), dense(in.weight),
                         dense(in.bias), graph_of_node, row_start});
}

}  // namespace coset::ops
