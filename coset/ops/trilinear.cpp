#include "coset/ops/trilinear.h"

#include "coset/ops/capsule.h"
#include "coset/ops/derivative_guard.h"

namespace coset::ops {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using FunctionPtr = std::shared_ptr<const Trilinear>;

Tensor like(const Tensor& tensor, bool wanted) {
  return wanted ? at::empty(tensor.sizes(), tensor.options()) : Tensor();
}

/// (gx, gy, gw) of <gz, z>; its own backward is the second-order kernel.
struct Backward : torch::autograd::Function<Backward> {
  static variable_list forward(AutogradContext* ctx, const FunctionPtr& f, const Tensor& x, const Tensor& y,
                               const Tensor& w, const Tensor& gz, std::vector<bool> wanted) {
    const Triple out{like(x, wanted[0]), like(y, wanted[1]), like(w, wanted[2])};
    f->backward({x, y, w}, gz, out);
    ctx->saved_data["function"] = make_capsule(f);
    ctx->saved_data["wanted"] = wanted;
    ctx->save_for_backward({x, y, w, gz});
    // An autograd function cannot return an undefined tensor: what nobody wants is empty.
    const auto or_empty = [&](const Tensor& t) { return t.defined() ? t : at::empty({0}, x.options()); };
    return {or_empty(out.x), or_empty(out.y), or_empty(out.w)};
  }

  static variable_list backward(AutogradContext* ctx, variable_list h) {
    const auto f = open_capsule<const Trilinear>(ctx->saved_data["function"]);
    const auto wanted = ctx->saved_data["wanted"].toBoolList();
    const auto saved = ctx->get_saved_variables();
    const Triple in{saved[0], saved[1], saved[2]};
    const auto cotangent = [&](std::size_t i) { return wanted[i] && h[i].defined() ? h[i].contiguous() : Tensor(); };
    const Triple out{like(in.x, true), like(in.y, true), like(in.w, true)};
    const Tensor ggz = like(saved[3], true);
    f->second(in, saved[3], {cotangent(0), cotangent(1), cotangent(2)}, ggz, out);
    variable_list from = saved;
    for (const Tensor& t : h)
      if (t.defined()) from.push_back(t);
    const auto ended = [&](const Tensor& t) { return no_further_derivative(t, from, f->name()); };
    return {Tensor(), ended(out.x), ended(out.y), ended(out.w), ended(ggz), Tensor()};
  }
};

struct Forward : torch::autograd::Function<Forward> {
  static Tensor forward(AutogradContext* ctx, const FunctionPtr& f, const Tensor& x, const Tensor& y, const Tensor& w) {
    ctx->saved_data["function"] = make_capsule(f);
    ctx->saved_data["wanted"] = std::vector<bool>{x.requires_grad(), y.requires_grad(), w.requires_grad()};
    ctx->save_for_backward({x, y, w});
    return f->forward({x, y, w});
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto f = open_capsule<const Trilinear>(ctx->saved_data["function"]);
    const auto saved = ctx->get_saved_variables();
    const auto flags = ctx->saved_data["wanted"].toBoolList();
    const std::vector<bool> wanted(flags.begin(), flags.end());
    const variable_list g = Backward::apply(f, saved[0], saved[1], saved[2], grads[0].contiguous(), wanted);
    const auto when = [&](std::size_t i) { return wanted[i] ? g[i] : Tensor(); };
    return {Tensor(), when(0), when(1), when(2)};
  }
};

}  // namespace

Tensor apply_trilinear(std::shared_ptr<const Trilinear> f, const Triple& in) {
  return Forward::apply(std::move(f), in.x, in.y, in.w);
}

}  // namespace coset::ops
