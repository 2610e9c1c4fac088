#include "coset/ops/gated_product.h"

#include "coset/base/error.h"
#include "coset/ops/columns.h"
#include "coset/ops/gate.h"
#include "coset/ops/operands.h"
#include "coset/ops/operation.h"

namespace coset::ops {

namespace {

/// Operands in the order y, weight, bias, parts...
template <class T>
struct Inputs {
  explicit Inputs(const Tensors& operands) {
    for (std::size_t i = 3; i < operands.size(); ++i) parts.push_back(operands[i].data_ptr<T>());
    in.rows = operands[0].size(0);
    in.x = parts;
    in.y = operands[0].data_ptr<T>();
    in.w = operands[1].data_ptr<T>();
    in.b = pointer<T>(operands[2]);
  }
  std::vector<const T*> parts;
  compute::GatedProductInputs<T> in;
};

struct Layer : KernelOperation<Layer, Operation::Second::composed> {
  static constexpr const char* kName = "ops::GatedProduct";
  explicit Layer(const GatedProduct& of) : owner(of) {}

  Shape output_shape(const Tensors& in) const { return {in[0].size(0), owner.kernel().output_dim()}; }
  std::int64_t saved_numel(const Tensors& in) const { return owner.kernel().saved_numel(in[0].size(0)); }

  template <class T>
  void value(const Tensors& in, T* z, T* saved) const {
    const Inputs<T> inputs(in);
    owner.kernel().forward<T>(inputs.in, z, saved);
  }
  template <class T>
  void gradients(const Backward<T>& at, const Tensors& out) const {
    const Inputs<T> inputs(at.in);
    std::vector<T*> parts;
    for (std::size_t i = 3; i < out.size(); ++i) parts.push_back(pointer<T>(out[i]));
    owner.kernel().backward<T>(inputs.in, at.saved, at.gz,
                               {parts, pointer<T>(out[0]), pointer<T>(out[1]), pointer<T>(out[2])});
  }
  Tensor composed(const Tensors& v) const { return owner.composed({v.begin() + 3, v.end()}, v[0], v[1], v[2]); }

  GatedProduct owner;
};

}  // namespace

Tensor add_scalar_bias(const Tensor& z, const Tensor& bias_columns, const Tensor& bias) {
  if (bias.numel() == 0) return z;
  return z + spread_scalars(bias, bias_columns, z.size(1));
}

GatedProduct::GatedProduct(const rep::TensorProductPlan& plan, compute::GatedProductOptions options)
    : kernel_(std::make_shared<const compute::GatedProduct>(plan, std::move(options))),
      product_(make_product(plan)),
      bias_columns_(scalar_columns(plan.out)) {}

Tensor GatedProduct::composed(const std::vector<Tensor>& parts, const Tensor& y, const Tensor& weight,
                              const Tensor& bias) const {
  const Tensor z = add_scalar_bias(
      tensor_product(product_, parts.size() == 1 ? parts[0] : at::cat(parts, 1), y, weight), bias_columns_, bias);
  return kernel_->options().gate ? gate(*kernel_->options().gate, z) : z;
}

Tensor GatedProduct::operator()(const std::vector<Tensor>& parts, const Tensor& y, const Tensor& weight,
                                const Tensor& bias) const {
  const auto& plan = kernel_->plan();
  const Shape widths = kernel_->part_columns();
  check(parts.size() == widths.size(), "[ops::GatedProduct] expected ", widths.size(), " parts; received ",
        parts.size());
  check_operands(Layer::kName, {{"y", y, {kAny, plan.in2.dim()}},
                                {"weight", weight, {plan.weight_numel}},
                                {"bias", bias, {kernel_->bias_numel()}}});
  Tensors operands{dense(y), dense(weight), dense(bias)};
  for (std::size_t p = 0; p < parts.size(); ++p) {
    check_operands(Layer::kName, {{"y", y, {kAny, kAny}}, {"a part", parts[p], {y.size(0), widths[p]}}});
    operands.push_back(dense(parts[p]));
  }
  if (compute::resolved() == compute::Route::reference) return composed(parts, y, weight, bias);
  return differentiable(c10::make_intrusive<Layer>(*this), operands);
}

}  // namespace coset::ops
