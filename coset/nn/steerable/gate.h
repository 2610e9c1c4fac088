/// Gated non-linearity.
#pragma once

#include <optional>
#include <vector>

#include "coset/compute/gate.h"
#include "coset/field/steerable_tensor.h"
#include "coset/nn/module.h"
#include "coset/ops/activation.h"

namespace coset::nn {

/// Scalars pass through an activation; every other irrep copy is multiplied by its own activated gate scalar:
///
///   out = act(scalars) (+) (act(gate_k) gated_k)
///
/// `in()` is the sorted and simplified concatenation scalars + gates + gated; `out()` keeps the caller's order of
/// `gated`. Both activations carry their second-moment constant, except when there is nothing to gate and
/// `bare_scalars` is set (SEGNN's rule, specs steerable 3.3). Activations on 0o must be even (result 0e) or odd (result
/// 0o); a 0o gate flips the parity of what it gates. Source: specs steerable 1.8; e3nn.nn.Gate.
class Gate : public torch::nn::Module {
 public:
  struct Options {
    /// One for each block of `scalars`, or a single one for all of them.
    std::vector<ops::Activation> scalar_activations{ops::Activation::silu};
    ops::Activation gate_activation = ops::Activation::sigmoid;
    bool bare_scalars = false;
  };

  /// @throws coset::Error unless scalars and gates are l = 0, gates number as many as the gated copies, and every
  /// activation fits the parity of its scalars
  Gate(rep::Irreps scalars, rep::Irreps gates, rep::Irreps gated, Options options);

  const rep::Irreps& in() const { return in_; }
  const rep::Irreps& out() const { return out_; }

  field::SteerableTensor forward(const field::SteerableTensor& x) const;

  /// This gate as the fused kernels know it (even scalars, silu and sigmoid, blocks in sorted order), if it is one.
  std::optional<compute::GateShape> fused_shape() const;

 private:
  Tensor activate_scalars(const Tensor& scalars) const;

  rep::Irreps in_, out_, gated_;
  Options options_;
  std::int64_t num_scalars_ = 0;
  std::int64_t num_gates_ = 0;
  rep::Irreps scalars_;
  Tensor order_;           // input columns in the order scalars, gates, gated
  Tensor gate_of_column_;  // for each gated column, its gate
};

/// The gate whose output is `out`: silu on the leading scalars, one 0e gate per other copy (SEGNN's swish gate).
/// @throws coset::Error unless `out` begins with 0e
std::shared_ptr<Gate> make_swish_gate(const rep::Irreps& out);

}  // namespace coset::nn
