#include "coset/ops/tensor_product_conv.h"

#include "coset/ops/operands.h"
#include "coset/ops/operation.h"
#include "coset/ops/trilinear.h"

namespace coset::ops {

namespace {

struct Conv : KernelOperation<Conv, Operation::Second::closed> {
  static constexpr const char* kName = "ops::tensor_product_conv";
  Conv(ConvPtr of, Edges on, compute::ConvOptions with) : conv(std::move(of)), edges(std::move(on)), options(with) {}

  Shape output_shape(const Tensors&) const { return {edges.num_nodes(), conv->plan().out.dim()}; }

  template <class T>
  void value(const Tensors& in, T* z, T*) const {
    conv->forward<T>(edges.index(), operands<T>(in), z, options);
  }
  template <class T>
  void gradients(const Backward<T>& at, const Tensors& out) const {
    conv->backward<T>(edges.index(), operands<T>(at.in), at.gz, into<T>(out), options);
  }
  template <class T>
  void second(const SecondBackward<T>& at, T* ggz, const Tensors& out) const {
    conv->second<T>(edges.index(), second_inputs(at), ggz, into<T>(out), options);
  }

  /// Shared weights are constants: nobody reads their gradient.
  template <class T>
  compute::Gradients<T> into(const Tensors& out) const {
    compute::Gradients<T> to = gradients_into<T>(out);
    if (options.shared_weights && to.w) {
      out[2].zero_();
      to.w = nullptr;
    }
    return to;
  }

  ConvPtr conv;
  Edges edges;
  compute::ConvOptions options;
};

}  // namespace

ConvPtr make_product_conv(rep::TensorProductPlan plan) {
  return std::make_shared<const compute::TensorProductConv>(std::move(plan));
}

Tensor tensor_product_conv(const ConvPtr& conv, const Edges& edges, const Tensor& x, const Tensor& y,
                           const Tensor& weight, compute::Layout layout) {
  const auto& plan = conv->plan();
  const bool row = weight.defined() && weight.dim() == 1;
  check_operands(Conv::kName,
                 {{"x", x, {edges.num_nodes(), plan.in1.dim()}},
                  {"y", y, {edges.num_edges(), plan.in2.dim()}},
                  {"weight", weight, row ? Shape{plan.weight_numel} : Shape{edges.num_edges(), plan.weight_numel}}});
  const bool shared = row && !(weight.requires_grad() && at::GradMode::is_enabled());
  const Tensor w = row && !shared ? weight.expand({edges.num_edges(), weight.size(0)}) : weight;
  const compute::ConvOptions options{.layout = layout, .shared_weights = shared};
  return differentiable(c10::make_intrusive<Conv>(conv, edges, options), {dense(x), dense(y), dense(w)});
}

}  // namespace coset::ops
