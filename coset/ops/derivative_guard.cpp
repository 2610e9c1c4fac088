#include "coset/ops/derivative_guard.h"

#include "coset/base/error.h"

namespace coset::ops {

namespace {

struct Guard : torch::autograd::Function<Guard> {
  static Tensor forward(torch::autograd::AutogradContext* ctx, at::TensorList, const Tensor& value, const std::string& where) {
    ctx->saved_data["where"] = where;
    return value.view_as(value);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx, torch::autograd::variable_list) {
    fail("[", ctx->saved_data["where"].toStringRef(), "] third derivatives are not available");
  }
};

}  // namespace

Tensor no_further_derivative(const Tensor& value, at::TensorList inputs, const char* where) {
  if (!value.defined() || !at::GradMode::is_enabled()) return value;
  return Guard::apply(inputs, value.detach(), std::string(where));
}

}  // namespace coset::ops
