/// One steerable layer in one pass: fully connected tensor product with attributes, bias, gate.
///
///   z[r] = gate( TP(x[r], y[r]; w) + b )          x[r] = concat of parts[r], never written to memory
///
/// SEGNN's building block (its o3_building_blocks.py): every path uvw with shared weights, attribute multiplicities 1.
/// Bias on the even scalars. Arrays as in tensor_product.h; same bits at any thread count.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "coset/compute/gate.h"
#include "coset/compute/tensor_product.h"
#include "coset/compute/types.h"

namespace coset::compute {

struct GatedProductOptions {
  /// Blocks of plan.in1 in each part of x; empty: one part. {2, 2}: two rows of two blocks, as concat(f, m).
  std::vector<int> part_blocks;
  /// Applied to the product; plan.out must hold its scalars and gates as even scalars, in this order, and each gated
  /// irrep once. Nothing: no gate.
  std::optional<GateShape> gate;

  bool operator==(const GatedProductOptions&) const = default;
};

/// One line that parse_gated_product_options turns into equal options: "parts=2,2", then the words of the gate, if any.
std::string to_string(const GatedProductOptions& options);
/// @throws coset::Error in one line on any other text
GatedProductOptions parse_gated_product_options(const std::string& text);

class GatedProduct {
 public:
  /// @throws coset::Error when `fits` is false, or parts or gate do not match the plan
  GatedProduct(rep::TensorProductPlan plan, GatedProductOptions options);
  ~GatedProduct();
  GatedProduct(GatedProduct&&) noexcept;
  GatedProduct& operator=(GatedProduct&&) noexcept;

  static bool fits(const rep::TensorProductPlan& plan);

  const rep::TensorProductPlan& plan() const { return plan_; }
  const GatedProductOptions& options() const { return options_; }
  std::vector<std::int64_t> part_columns() const;     ///< of each part of x
  std::int64_t output_dim() const;                    ///< columns of z
  std::int64_t bias_numel() const;                    ///< even scalars of plan.out
  std::int64_t saved_numel(std::int64_t rows) const;  ///< elements the backward pass wants kept; 0 without a gate

  /// z (rows, output_dim); `saved` (saved_numel) may be null when no backward pass follows.
  template <class T>
  void forward(const GatedProductInputs<T>& in, T* z, T* saved) const;

  /// Gradients of <gz, z> from the same inputs and what forward saved; outputs overwritten.
  template <class T>
  void backward(const GatedProductInputs<T>& in, const T* saved, const T* gz,
                const GatedProductGradients<T>& out) const;

 private:
  rep::TensorProductPlan plan_;
  GatedProductOptions options_;
  std::unique_ptr<FullyConnectedKernel> kernel_;
};

}  // namespace coset::compute
