#include "coset/ops/derivative_guard.h"

#include "coset/base/error.h"

namespace coset::ops {

namespace {

struct Guard : torch::autograd::Function<Guard> {
  static Tensor forward(torch::autograd::AutogradContext* ctx, at::TensorList, const Tensor& value,
                        const std::string& where) {
    ctx->saved_data["where"] = where;
    return value.view_as(value);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list) {
    fail("[", ctx->saved_data["where"].toStringRef(), "] third derivatives are not available");
  }
};

}  // namespace

Tensor no_further_derivative(const Tensor& value, at::TensorList inputs, const char* where) {
  if (!value.defined() || !at::GradMode::is_enabled()) return value;
  return Guard::apply(inputs, value.detach(), std::string(where));
}

std::vector<Tensor> differentiable_backward(const std::function<Tensor(const std::vector<Tensor>&)>& composed,
                                            const std::vector<Tensor>& operands, const Tensor& gz,
                                            const std::vector<bool>& wanted) {
  // Views, so that the derivative stops at this function: an operand may have been computed from another one.
  std::vector<Tensor> own = operands;
  std::vector<Tensor> leaves;
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (wanted[i]) leaves.push_back(own[i] = operands[i].view_as(operands[i]));
  const Tensor z = composed(own);
  const std::vector<Tensor> found = torch::autograd::grad({z}, leaves, {gz}, true, true, true);
  std::vector<Tensor> gradients(operands.size());
  for (std::size_t i = 0, next = 0; i < operands.size(); ++i)
    if (wanted[i]) gradients[i] = found[next++];
  return gradients;
}

}  // namespace coset::ops
