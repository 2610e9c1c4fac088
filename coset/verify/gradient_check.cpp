#include "coset/verify/gradient_check.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/base/worse.h"

namespace coset::verify {

namespace {

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

/// Numeric gradient of the scalar s(inputs) with respect to inputs[which], element by element.
Tensor central_difference(const std::function<double()>& s, Tensor input, double step) {
  torch::NoGradGuard guard;
  Tensor gradient = at::zeros_like(input);
  auto* x = input.data_ptr<double>();
  auto* g = gradient.data_ptr<double>();
  for (std::int64_t i = 0; i < input.numel(); ++i) {
    const double kept = x[i];
    x[i] = kept + step;
    const double above = s();
    x[i] = kept - step;
    const double below = s();
    x[i] = kept;
    g[i] = (above - below) / (2 * step);
  }
  return gradient;
}

double deviation(const Tensor& analytic, const Tensor& numeric) {
  if (numeric.numel() == 0) return 0.0;
  const Tensor a = analytic.defined() ? analytic : at::zeros_like(numeric);
  return (a - numeric).abs().max().item<double>() / std::max(1.0, numeric.abs().max().item<double>());
}

Tensor pairing(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  Tensor sum = at::zeros({}, at::kDouble);
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].defined()) sum = sum + (a[i] * b[i]).sum();
  return sum;
}

std::vector<Tensor> gradients(const Tensor& scalar, const std::vector<Tensor>& inputs, bool create_graph) {
  if (!scalar.requires_grad()) return std::vector<Tensor>(inputs.size());
  return torch::autograd::grad({scalar}, inputs, {}, create_graph, create_graph, /*allow_unused=*/true);
}

}  // namespace

GradientErrors gradient_errors(const Function& f, std::vector<Tensor> inputs, double step, std::uint64_t seed) {
  at::manual_seed(seed);
  for (Tensor& input : inputs) {
    check(input.scalar_type() == at::kDouble, "[verify::gradient_errors] expected float64 inputs; received ",
          input.dtype().name());
    input = input.detach().clone(at::MemoryFormat::Contiguous).requires_grad_();
  }
  Tensor cotangent;
  {
    torch::NoGradGuard guard;
    cotangent = at::randn_like(f(inputs));
  }
  cotangent.requires_grad_();
  const auto first = [&](bool create_graph) { return gradients((f(inputs) * cotangent).sum(), inputs, create_graph); };

  GradientErrors errors;
  const std::vector<Tensor> analytic = first(false);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    errors.first = worse(errors.first, deviation(analytic[i], central_difference(
                                                                  [&] {
                                                                    torch::NoGradGuard guard;
                                                                    return (f(inputs) * cotangent).sum().item<double>();
                                                                  },
                                                                  inputs[i], step)));

  std::vector<Tensor> h;
  for (const Tensor& input : inputs) h.push_back(at::randn_like(input.detach()));
  std::vector<Tensor> all = inputs;
  all.push_back(cotangent);
  const std::vector<Tensor> second = gradients(pairing(first(true), h), all, false);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto s = [&] {
      at::AutoGradMode enabled(true);
      return pairing(first(false), h).item<double>();
    };
    errors.second = worse(errors.second, deviation(second[i], central_difference(s, all[i], step)));
  }
  return errors;
}

}  // namespace coset::verify
