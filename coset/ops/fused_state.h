/// What a fused operation keeps from its forward for its backward, and which of two backwards it takes.
#pragma once

#include <vector>

#include "coset/ops/capsule.h"
#include "coset/ops/derivative_guard.h"
#include "coset/ops/torch.h"

namespace coset::ops {

struct FusedState {
  std::vector<Tensor> operands;
  Tensor saved;              ///< what the kernel wants kept
  std::vector<bool> wanted;  ///< operands whose gradient is asked for
};

/// Will a backward be asked for? Without one the kernel keeps nothing.
inline bool needs_backward(at::TensorList operands) {
  if (!at::GradMode::is_enabled()) return false;
  for (const Tensor& t : operands)
    if (t.requires_grad()) return true;
  return false;
}

/// `owner` is the operation itself: its kernel and its composed form.
template <class Owner>
void keep_state(torch::autograd::AutogradContext* ctx, const std::shared_ptr<const Owner>& owner,
                const std::vector<Tensor>& operands, const Tensor& saved) {
  ctx->saved_data["owner"] = make_capsule(owner);
  std::vector<bool> wanted;
  for (const Tensor& t : operands) wanted.push_back(t.requires_grad());
  ctx->saved_data["wanted"] = wanted;
  std::vector<Tensor> all = operands;
  all.push_back(saved);
  ctx->save_for_backward(all);
}

template <class Owner>
std::shared_ptr<const Owner> kept_owner(torch::autograd::AutogradContext* ctx) {
  return open_capsule<const Owner>(ctx->saved_data["owner"]);
}

inline FusedState restore_state(torch::autograd::AutogradContext* ctx) {
  FusedState state;
  state.operands = ctx->get_saved_variables();
  state.saved = state.operands.back();
  state.operands.pop_back();
  const auto flags = ctx->saved_data["wanted"].toBoolList();
  state.wanted.assign(flags.begin(), flags.end());
  return state;
}

/// Uninitialised, for the operands whose gradient is asked for; the others stay undefined.
inline std::vector<Tensor> room_for_gradients(const FusedState& state) {
  std::vector<Tensor> room(state.operands.size());
  for (std::size_t i = 0; i < room.size(); ++i)
    if (state.wanted[i]) room[i] = at::empty_like(state.operands[i]);
  return room;
}

/// Gradients of <gz, z>, after `leading` undefined ones of arguments that are no operands: fused(gz), or, when the
/// caller will differentiate them again, those of composed(operands), recorded.
template <class Fused, class Composed>
std::vector<Tensor> fused_or_recorded(const FusedState& state, const Tensor& gz, std::size_t leading, Fused&& fused,
                                      Composed&& composed) {
  std::vector<Tensor> gradients = at::GradMode::is_enabled()
                                      ? differentiable_backward(composed, state.operands, gz, state.wanted)
                                      : fused(gz.contiguous());
  gradients.insert(gradients.begin(), leading, Tensor());
  return gradients;
}

}  // namespace coset::ops
