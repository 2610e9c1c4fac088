#include "coset/ops/gated_message.h"

#include "coset/ops/operands.h"
#include "coset/ops/operation.h"
#include "coset/ops/scatter.h"

namespace coset::ops {

namespace {

Tensors to_list(const GatedMessageOperands& o) {
  return {o.features, o.extra, o.attributes, o.w1, o.b1, o.w2, o.b2};
}

GatedMessageOperands from_list(const Tensors& v) {
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
}

template <class T>
compute::GatedMessageInputs<T> inputs(const Tensors& v) {
  compute::GatedMessageInputs<T> in;
  in.features = pointer<T>(v[0]);
  in.extra = pointer<T>(v[1]);
  in.attributes = pointer<T>(v[2]);
  in.w1 = pointer<T>(v[3]);
  in.b1 = pointer<T>(v[4]);
  in.w2 = pointer<T>(v[5]);
  in.b2 = pointer<T>(v[6]);
  return in;
}

/// Columns of the node features: the first `feature_blocks` blocks.
std::int64_t first_columns(const compute::GatedMessageSpec& spec) {
  std::int64_t columns = 0;
  for (int b = 0; b < spec.feature_blocks; ++b) columns += spec.first.in1[static_cast<std::size_t>(b)].dim();
  return columns;
}

struct Message : KernelOperation<Message, Operation::Second::composed> {
  static constexpr const char* kName = "ops::GatedMessage";
  Message(const GatedMessage& of, Edges on) : owner(of), edges(std::move(on)) {}

  Shape output_shape(const Tensors&) const { return {edges.num_nodes(), owner.kernel().output_dim()}; }
  std::int64_t saved_numel(const Tensors&) const { return owner.kernel().saved_numel(edges.num_edges()); }

  template <class T>
  void value(const Tensors& in, T* m, T* saved) const {
    owner.kernel().forward<T>(edges.index(), inputs<T>(in), m, saved);
  }
  template <class T>
  void gradients(const Backward<T>& at, const Tensors& g) const {
    owner.kernel().backward<T>(edges.index(), inputs<T>(at.in), at.saved, at.gz,
                               {pointer<T>(g[0]), pointer<T>(g[1]), pointer<T>(g[2]), pointer<T>(g[3]),
                                pointer<T>(g[4]), pointer<T>(g[5]), pointer<T>(g[6])});
  }
  Tensor composed(const Tensors& v) const { return owner.composed(edges, from_list(v)); }

  GatedMessage owner;
  Edges edges;
};

}  // namespace

GatedMessage::GatedMessage(const compute::GatedMessageSpec& spec)
    : kernel_(std::make_shared<const compute::GatedMessage>(spec)),
      first_(std::make_shared<const GatedProduct>(spec.first, compute::GatedProductOptions{{}, spec.first_gate})),
      second_(std::make_shared<const GatedProduct>(spec.second, compute::GatedProductOptions{{}, spec.second_gate})) {}

Tensor GatedMessage::composed(const Edges& edges, const GatedMessageOperands& o) const {
  const Tensor input = at::cat({gather(o.features, edges.receiver), gather(o.features, edges.sender), o.extra}, 1);
  const Tensor message =
      second_->composed({first_->composed({input}, o.attributes, o.w1, o.b1)}, o.attributes, o.w2, o.b2);
  return segment_sum(message, edges.row_start);
}

Tensor GatedMessage::operator()(const Edges& edges, const GatedMessageOperands& operands) const {
  const auto& spec = kernel_->spec();
  const std::int64_t features = first_columns(spec), nodes = edges.num_nodes(), count = edges.num_edges();
  check_operands(Message::kName, {{"features", operands.features, {nodes, features}},
                                  {"extra", operands.extra, {count, spec.first.in1.dim() - 2 * features}},
                                  {"attributes", operands.attributes, {count, spec.first.in2.dim()}},
                                  {"w1", operands.w1, {spec.first.weight_numel}},
                                  {"b1", operands.b1, {first_->kernel().bias_numel()}},
                                  {"w2", operands.w2, {spec.second.weight_numel}},
                                  {"b2", operands.b2, {second_->kernel().bias_numel()}}});
  if (compute::resolved() == compute::Route::reference) return composed(edges, operands);
  Tensors list = to_list(operands);
  for (Tensor& t : list) t = dense(t);
  return differentiable(c10::make_intrusive<Message>(*this, edges), list);
}

}  // namespace coset::ops
