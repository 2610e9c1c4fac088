/// What a fused operation keeps from its forward for its backward.
#pragma once

#include <vector>

#include "coset/ops/torch.h"

namespace coset::ops {

struct FusedState {
  std::vector<Tensor> operands;
  Tensor saved;              ///< what the kernel wants kept
  std::vector<bool> wanted;  ///< operands whose gradient is asked for
};

inline void keep_state(torch::autograd::AutogradContext* ctx, const std::vector<Tensor>& operands,
                       const Tensor& saved) {
  std::vector<bool> wanted;
  for (const Tensor& t : operands) wanted.push_back(t.requires_grad());
  ctx->saved_data["wanted"] = wanted;
  std::vector<Tensor> all = operands;
  all.push_back(saved);
  ctx->save_for_backward(all);
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

}  // namespace coset::ops
