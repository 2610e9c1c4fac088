#include "coset/ops/operation.h"

#include "coset/base/error.h"

namespace coset::ops {

namespace {

using torch::autograd::AutogradContext;
using Wanted = std::vector<bool>;

void keep(AutogradContext* ctx, const OperationPtr& operation, const Wanted& wanted) {
  ctx->saved_data["operation"] = at::IValue::make_capsule(operation);
  ctx->saved_data["wanted"] = wanted;
}

OperationPtr kept_operation(AutogradContext* ctx) {
  return c10::static_intrusive_pointer_cast<Operation>(ctx->saved_data["operation"].toCapsule());
}

Wanted kept_wanted(AutogradContext* ctx) {
  const auto flags = ctx->saved_data["wanted"].toBoolList();
  return {flags.begin(), flags.end()};
}

/// The operands, and the tensor kept after them.
std::pair<Tensors, Tensor> kept_tensors(AutogradContext* ctx) {
  Tensors in = ctx->get_saved_variables();
  Tensor last = std::move(in.back());
  in.pop_back();
  return {std::move(in), std::move(last)};
}

/// A value computed from `inputs` without a derivative of its own: a derivative of it throws, so that nobody silently
/// trains on a missing term.
struct End : torch::autograd::Function<End> {
  static Tensor forward(AutogradContext* ctx, at::TensorList, const Tensor& value, const std::string& name) {
    ctx->saved_data["name"] = name;
    return value.view_as(value);
  }
  static Tensors backward(AutogradContext* ctx, const Tensors&) {
    fail("[", ctx->saved_data["name"].toStringRef(), "] third derivatives are not available");
  }
};

/// Gradients of <gz, z> recorded for differentiation.
Tensors recorded_backward(const Operation& operation, const Tensors& in, const Tensor& gz, const Wanted& wanted) {
  // Views, so that the derivative stops at this function: an operand may have been computed from another one.
  Tensors own = in;
  Tensors leaves;
  for (std::size_t i = 0; i < in.size(); ++i)
    if (wanted[i]) leaves.push_back(own[i] = in[i].view_as(in[i]));
  const Tensor z = operation.composed_form(own);
  const Tensors found = torch::autograd::grad({z}, leaves, {gz}, true, true, true);
  Tensors gradients(in.size());
  for (std::size_t i = 0, next = 0; i < in.size(); ++i)
    if (wanted[i]) gradients[i] = found[next++];
  return gradients;
}

/// The backward pass of a closed operation as a node of the graph. An autograd function cannot return an undefined
/// tensor: what nobody wants is empty.
struct ClosedBackward : torch::autograd::Function<ClosedBackward> {
  static Tensors forward(AutogradContext* ctx, const OperationPtr& operation, const Wanted& wanted,
                         at::TensorList in_and_gz) {
    Tensors in = in_and_gz.vec();
    keep(ctx, operation, wanted);
    ctx->save_for_backward(in);
    const Tensor gz = std::move(in.back());
    in.pop_back();
    Tensors gradients = operation->backward(in, Tensor(), gz, wanted);
    for (Tensor& g : gradients)
      if (!g.defined()) g = at::empty({0}, gz.options());
    return gradients;
  }

  static Tensors backward(AutogradContext* ctx, const Tensors& upstream) {
    const OperationPtr operation = kept_operation(ctx);
    const Wanted wanted = kept_wanted(ctx);
    const auto [in, gz] = kept_tensors(ctx);
    Tensors h(in.size()), inputs = in;
    inputs.push_back(gz);
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (wanted[i] && upstream[i].defined()) h[i] = upstream[i].contiguous();
      if (upstream[i].defined()) inputs.push_back(upstream[i]);
    }
    Tensors out(2);  // operation and wanted have no gradient
    for (const Tensor& g : operation->backward_twice(in, gz, h))
      out.push_back(at::GradMode::is_enabled()
                        ? End::apply(at::TensorList(inputs), g.detach(), std::string(operation->name()))
                        : g);
    return out;
  }
};

struct Forward : torch::autograd::Function<Forward> {
  static Tensor forward(AutogradContext* ctx, const OperationPtr& operation, bool keeps, at::TensorList operands) {
    Tensors in = operands.vec();
    Tensor saved;
    const Tensor z = operation->forward(in, keeps ? &saved : nullptr);
    if (!keeps) return z;
    Wanted wanted;
    for (const Tensor& t : in) wanted.push_back(t.requires_grad());
    keep(ctx, operation, wanted);
    if (operation->second_order() == Operation::Second::linear) return z;
    in.push_back(saved);
    ctx->save_for_backward(std::move(in));
    return z;
  }

  static Tensors backward(AutogradContext* ctx, const Tensors& upstream) {
    const OperationPtr operation = kept_operation(ctx);
    Tensors out(2);  // operation and keeps have no gradient
    if (operation->second_order() == Operation::Second::linear) {
      out.push_back(differentiable(operation->adjoint_operation(), {upstream[0].contiguous()}));
      return out;
    }
    const Wanted wanted = kept_wanted(ctx);
    const auto [in, saved] = kept_tensors(ctx);
    Tensors gradients = gradients_of(operation, wanted, in, saved, upstream[0]);
    for (std::size_t i = 0; i < in.size(); ++i) out.push_back(wanted[i] ? gradients[i] : Tensor());
    return out;
  }

 private:
  static Tensors gradients_of(const OperationPtr& operation, const Wanted& wanted, const Tensors& in,
                              const Tensor& saved, const Tensor& gz) {
    const bool closed = operation->second_order() == Operation::Second::closed;
    if (!closed && at::GradMode::is_enabled()) return recorded_backward(*operation, in, gz, wanted);
    if (!closed) return operation->backward(in, saved, gz.contiguous(), wanted);
    Tensors in_and_gz = in;
    in_and_gz.push_back(gz.contiguous());
    return ClosedBackward::apply(operation, wanted, at::TensorList(in_and_gz));
  }
};

}  // namespace

Tensor differentiable(const OperationPtr& operation, const Tensors& operands) {
  bool keeps = false;
  for (const Tensor& t : operands) keeps = keeps || t.requires_grad();
  return Forward::apply(operation, keeps && at::GradMode::is_enabled(), at::TensorList(operands));
}

}  // namespace coset::ops
