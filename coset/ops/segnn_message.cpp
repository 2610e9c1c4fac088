#include "coset/ops/segnn_message.h"

#include "coset/base/error.h"
#include "coset/ops/capsule.h"
#include "coset/ops/fused_state.h"
#include "coset/ops/pointers.h"
#include "coset/ops/scatter.h"

namespace coset::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using OwnerPtr = std::shared_ptr<const SegnnMessage>;
using EdgesPtr = std::shared_ptr<const Edges>;

variable_list to_list(const SegnnMessageOperands& o) {
  return {o.features, o.extra, o.attributes, o.w1, o.b1, o.w2, o.b2};
}

SegnnMessageOperands from_list(const variable_list& v) {
  return {v[0], v[1], v[2], v[3], v[4], v[5], v[6]};
}

template <class T>
compute::SegnnMessageInputs<T> inputs(const variable_list& v) {
  compute::SegnnMessageInputs<T> in;
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
std::int64_t first_columns(const compute::SegnnMessageSpec& spec) {
  std::int64_t columns = 0;
  for (int b = 0; b < spec.feature_blocks; ++b) columns += spec.first.in1[static_cast<std::size_t>(b)].dim();
  return columns;
}

variable_list by_kernel(const compute::SegnnMessage& kernel, const Edges& edges, const FusedState& state,
                        const Tensor& gm) {
  const variable_list g = room_for_gradients(state);
  AT_DISPATCH_FLOATING_TYPES(gm.scalar_type(), "segnn_message_backward", [&] {
    kernel.backward<scalar_t>(
        edges.index(), inputs<scalar_t>(state.operands), pointer<scalar_t>(state.saved), gm.data_ptr<scalar_t>(),
        {pointer<scalar_t>(g[0]), pointer<scalar_t>(g[1]), pointer<scalar_t>(g[2]), pointer<scalar_t>(g[3]),
         pointer<scalar_t>(g[4]), pointer<scalar_t>(g[5]), pointer<scalar_t>(g[6])});
  });
  return g;
}

struct Fused : torch::autograd::Function<Fused> {
  static Tensor forward(AutogradContext* ctx, const OwnerPtr& owner, const EdgesPtr& edges, bool keep,
                        at::TensorList operands) {
    const auto& kernel = owner->kernel();
    const variable_list list = operands.vec();
    const Tensor m = at::empty({edges->num_nodes(), kernel.output_dim()}, list[0].options());
    const Tensor saved = at::empty({keep ? kernel.saved_numel(edges->num_edges()) : 0}, list[0].options());
    AT_DISPATCH_FLOATING_TYPES(m.scalar_type(), "segnn_message", [&] {
      kernel.forward<scalar_t>(edges->index(), inputs<scalar_t>(list), m.data_ptr<scalar_t>(),
                               pointer<scalar_t>(saved));
    });
    if (keep) {
      keep_state(ctx, owner, list, saved);
      ctx->saved_data["edges"] = make_capsule(edges);
    }
    return m;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto owner = kept_owner<SegnnMessage>(ctx);
    const auto edges = open_capsule<const Edges>(ctx->saved_data["edges"]);
    const FusedState state = restore_state(ctx);
    const auto composed = [&](const variable_list& v) { return owner->composed(*edges, from_list(v)); };
    const auto fused = [&](const Tensor& gm) { return by_kernel(owner->kernel(), *edges, state, gm); };
    return fused_or_recorded(state, grads[0], 3, fused, composed);  // no gradients of owner, edges, keep
  }
};

}  // namespace

SegnnMessage::SegnnMessage(const compute::SegnnMessageSpec& spec)
    : kernel_(std::make_shared<const compute::SegnnMessage>(spec)),
      first_(std::make_shared<const GatedProduct>(spec.first, compute::GatedProductOptions{{}, spec.first_gate})),
      second_(std::make_shared<const GatedProduct>(spec.second, compute::GatedProductOptions{{}, spec.second_gate})) {}

Tensor SegnnMessage::composed(const Edges& edges, const SegnnMessageOperands& o) const {
  const Tensor input = at::cat({gather(o.features, edges.receiver), gather(o.features, edges.sender), o.extra}, 1);
  const Tensor message =
      second_->composed({first_->composed({input}, o.attributes, o.w1, o.b1)}, o.attributes, o.w2, o.b2);
  return segment_sum(message, edges.row_start);
}

Tensor SegnnMessage::operator()(const Edges& edges, const SegnnMessageOperands& operands) const {
  const auto& spec = kernel_->spec();
  variable_list list = to_list(operands);
  for (Tensor& t : list) {
    check(t.scalar_type() == operands.features.scalar_type(),
          "[ops::SegnnMessage] expected operands of one type; received ", t.dtype().name(), " beside ",
          operands.features.dtype().name());
    t = t.contiguous();
  }
  const std::int64_t features = list[0].dim() == 2 ? list[0].size(1) : -1;
  const std::int64_t extra = list[1].dim() == 2 ? list[1].size(1) : -1;
  check(list[0].size(0) == edges.num_nodes() && list[1].size(0) == edges.num_edges() &&
            features == first_columns(spec) && 2 * features + extra == spec.first.in1.dim() && list[2].dim() == 2 &&
            list[2].size(0) == edges.num_edges() && list[2].size(1) == spec.first.in2.dim() &&
            list[3].numel() == spec.first.weight_numel && list[5].numel() == spec.second.weight_numel &&
            list[4].numel() == first_->kernel().bias_numel() && list[6].numel() == second_->kernel().bias_numel(),
        "[ops::SegnnMessage] expected features (", edges.num_nodes(), ", ", first_columns(spec), "), extra (",
        edges.num_edges(), ", ", spec.first.in1.dim() - 2 * first_columns(spec), "), attributes (", edges.num_edges(),
        ", ", spec.first.in2.dim(), "), weights ", spec.first.weight_numel, ", ", spec.second.weight_numel,
        " and biases ", first_->kernel().bias_numel(), ", ", second_->kernel().bias_numel(), "; received ",
        shape_text(list[0].sizes()), ", ", shape_text(list[1].sizes()), ", ", shape_text(list[2].sizes()), ", ",
        list[3].numel(), ", ", list[5].numel(), ", ", list[4].numel(), ", ", list[6].numel());
  if (compute::resolved() == compute::Route::reference) return composed(edges, operands);
  return Fused::apply(std::make_shared<const SegnnMessage>(*this), std::make_shared<const Edges>(edges),
                      needs_backward(list), at::TensorList(list));
}

}  // namespace coset::ops
