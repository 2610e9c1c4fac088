/// Gated non-linearity.
#pragma once

#include <optional>
#include <vector>

#include "coset/compute/gate.h"
#include "coset/field/field.h"
#include "coset/nn/module.h"
#include "coset/ops/activation.h"

namespace coset::nn {

/// Scalars pass through an activation; every other field is multiplied by its own activated gate scalar:
///
///   out = act(scalars) (+) (act(gate_k) gated_k)
///
/// On irreps `in()` is the sorted and simplified concatenation scalars + gates + gated; `out()` keeps the caller's order
/// of `gated`. Activations on 0o must be even (result 0e) or odd (result 0o); a 0o gate flips the parity of what it
/// gates. Source: e3nn.nn.Gate. On grids `in()` is `out()` followed by one block of trivial gates; source: Weiler and
/// Cesa, arXiv 1911.08251, section 2.6.
class Gate : public torch::nn::Module {
 public:
  struct Options {
    /// One for each block of `scalars`, or a single one for all of them.
    std::vector<ops::Activation> scalar_activations{ops::Activation::silu};
    ops::Activation gate_activation = ops::Activation::sigmoid;
    /// Without constants where there is nothing to gate (Brandstetter et al., ICLR 2022: its swish gates).
    bool bare_scalars = false;
    bool constants = true;  ///< both activations times their second-moment constant
  };

  /// H = O(3). @throws coset::Error unless scalars and gates are l = 0, gates number as many as the gated copies, and
  /// every activation fits the parity of its scalars
  Gate(rep::Irreps scalars, rep::Irreps gates, rep::Irreps gated, Options options);

  /// H = a grid: trivial fields of `out` pass `scalars`, each other field has its sigmoid gate; no constants.
  /// @throws coset::Error when all fields of `out` are trivial
  explicit Gate(field::FieldType out, ops::Activation scalars = ops::Activation::relu);

  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }

  field::Field forward(const field::Field& x) const;

  /// This gate as the fused kernels know it (even scalars, silu and sigmoid, blocks in sorted order), if it is one.
  std::optional<compute::GateShape> fused_shape() const;

 private:
  Tensor activate_scalars(const Tensor& scalars, std::int64_t axis) const;

  field::FieldType in_, out_;
  rep::Irreps gated_;  // of O(3)
  Options options_;
  std::int64_t num_scalars_ = 0, num_gates_ = 0;
  std::vector<std::int64_t> scalar_sizes_;  // of the blocks of scalars
  Tensor order_;                            // input components in the order scalars, gates, gated
  Tensor gate_of_column_;                   // for each gated component, its gate
  Tensor places_;                           // output components in the order scalars, gated; undefined: as they are
};

/// The gate whose output is `out`: silu on the leading scalars, one 0e gate per other copy (SEGNN's swish gate).
/// @throws coset::Error unless `out` begins with 0e
std::shared_ptr<Gate> make_swish_gate(const rep::Irreps& out);

}  // namespace coset::nn
