#include "coset/ops/tensor_product_conv.h"

#include "coset/base/error.h"
#include "coset/ops/pointers.h"

namespace coset::ops {

namespace {

class Conv : public Trilinear {
 public:
  Conv(ConvPtr conv, Edges edges, compute::ConvOptions options)
      : conv_(std::move(conv)), edges_(std::move(edges)), options_(options) {}
  const char* name() const override { return "ops::tensor_product_conv"; }

  Tensor forward(const Triple& in) const override {
    const Tensor z = at::empty({edges_.num_nodes(), conv_->plan().out.dim()}, in.x.options());
    AT_DISPATCH_FLOATING_TYPES(in.x.scalar_type(), "tensor_product_conv", [&] {
      conv_->forward<scalar_t>(edges_.index(), operands<scalar_t>(in), pointer<scalar_t>(z), options_);
    });
    return z;
  }

  void backward(const Triple& in, const Tensor& gz, const Triple& wanted) const override {
    const Triple out = without_shared(wanted);
    AT_DISPATCH_FLOATING_TYPES(in.x.scalar_type(), "tensor_product_conv_backward", [&] {
      conv_->backward<scalar_t>(edges_.index(), operands<scalar_t>(in), pointer<scalar_t>(gz), gradients<scalar_t>(out),
                                options_);
    });
  }

  void second(const Triple& in, const Tensor& gz, const Triple& h, const Tensor& ggz,
              const Triple& wanted) const override {
    const Triple out = without_shared(wanted);
    AT_DISPATCH_FLOATING_TYPES(in.x.scalar_type(), "tensor_product_conv_second", [&] {
      conv_->second<scalar_t>(edges_.index(), {operands<scalar_t>(in), pointer<scalar_t>(gz), operands<scalar_t>(h)},
                              pointer<scalar_t>(ggz), gradients<scalar_t>(out), options_);
    });
  }

 private:
  /// Shared weights are constants: nobody reads their gradient.
  Triple without_shared(Triple out) const {
    if (options_.shared_weights && out.w.defined()) {
      out.w.zero_();
      out.w = Tensor();
    }
    return out;
  }

  ConvPtr conv_;
  Edges edges_;
  compute::ConvOptions options_;
};

}  // namespace

ConvPtr make_product_conv(rep::TensorProductPlan plan) {
  return std::make_shared<const compute::TensorProductConv>(std::move(plan));
}

Tensor tensor_product_conv(const ConvPtr& conv, const Edges& edges, const Tensor& x, const Tensor& y,
                           const Tensor& weight, compute::Layout layout) {
  const auto& plan = conv->plan();
  const auto expect = [](const char* name, const Tensor& t, std::int64_t rows, std::int64_t columns) {
    check(t.dim() == 2 && t.size(0) == rows && t.size(1) == columns, "[ops::tensor_product_conv] expected ", name, " (",
          rows, ", ", columns, "); received ", shape_text(t.sizes()));
  };
  expect("x", x, edges.num_nodes(), plan.in1.dim());
  expect("y", y, edges.num_edges(), plan.in2.dim());
  const bool shared = weight.dim() == 1 && !(weight.requires_grad() && at::GradMode::is_enabled());
  const Tensor w = shared || weight.dim() != 1 ? weight : weight.expand({edges.num_edges(), weight.size(0)});
  expect("weight", shared ? w.unsqueeze(0) : w, shared ? 1 : edges.num_edges(), plan.weight_numel);
  check(at::isFloatingType(x.scalar_type()) && y.scalar_type() == x.scalar_type() &&
            weight.scalar_type() == x.scalar_type(),
        "[ops::tensor_product_conv] expected operands of one floating type; received ", x.dtype().name(), ", ",
        y.dtype().name(), ", ", weight.dtype().name());
  return apply_trilinear(
      std::make_shared<const Conv>(conv, edges, compute::ConvOptions{.layout = layout, .shared_weights = shared}),
      {x.contiguous(), y.contiguous(), w.contiguous()});
}

}  // namespace coset::ops
