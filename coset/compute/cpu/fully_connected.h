/// The fused fully connected product: rows in chunks, dense mixing, optional bias and gate in the same pass.
/// Private; the public faces are TensorProduct and GatedProduct.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coset/compute/cpu/mixing.h"
#include "coset/compute/gate.h"
#include "coset/compute/parallel.h"
#include "coset/compute/tensor_product.h"

namespace coset::compute {

/// Rows of scalars and gates -> rows of gated features, in channel rows of the two layouts.
/// @throws coset::Error unless `in` holds the scalars and gates as its even scalars, and each gated irrep once
GatePlan make_gate_plan(const GateShape& shape, const ChannelLayout& in, const ChannelLayout& out);
rep::Irreps gate_output(const GateShape& shape);

/// Sums `slabs` consecutive arrays of `size` into the first, in order.
template <class T>
void sum_slabs(std::int64_t slabs, std::int64_t size, T* data);

/// How many pieces a sum over `items` is cut into: fixed by the problem, never by the threads.
std::int64_t slab_count(std::int64_t items, std::int64_t smallest);

template <class T>
struct FullyConnectedInputs {
  std::int64_t rows = 0;
  const T* const* x = nullptr;  ///< one pointer per part
  const T* y = nullptr;
  const T* w = nullptr;
  const T* bias = nullptr;  ///< of the even scalars of plan.out; may be null
  bool channels_inside = false;
  bool accumulate = false;  ///< forward adds to z
};

template <class T>
struct FullyConnectedGradients {
  T* const* x = nullptr;  ///< null, or one pointer (each may be null) per part
  T* y = nullptr;
  T* w = nullptr;
  T* bias = nullptr;
  bool add_x = false;  ///< add to what is there instead of overwriting it
  bool add_y = false;
  bool add_w = false;
};

class FullyConnectedKernel {
 public:
  FullyConnectedKernel(const rep::TensorProductPlan& plan, const std::vector<int>& part_blocks,
                       const std::optional<GateShape>& gate);

  std::int64_t saved_size() const { return plan_.out.size; }  ///< per row
  std::int64_t bias_size() const;
  const ChannelLayout& output() const { return gate_ ? gated_ : plan_.out; }

  /// `saved` receives the values before the gate, for the backward pass; may be null.
  template <class T>
  void forward(const FullyConnectedInputs<T>& in, T* z, T* saved) const;
  template <class T>
  void backward(const FullyConnectedInputs<T>& in, const T* saved, const T* gz,
                const FullyConnectedGradients<T>& out) const;

 private:
  ItemCost row_cost(double passes) const;
  template <class T>
  struct Chunk;
  template <class T>
  void backward_rows(const FullyConnectedInputs<T>& in, const T* saved, const T* gz,
                     const FullyConnectedGradients<T>& out, const T* weights, const T* transposed, std::int64_t begin,
                     std::int64_t end, T* gweights, T* gbias) const;
  template <class T>
  void load_upstream(const T* saved, const T* gz, std::int64_t row, std::int64_t rows, bool channels_inside, T* gated,
                     T* upstream) const;

  MixingPlan plan_;
  std::vector<RowPart> parts_;
  std::optional<GatePlan> gate_;
  ChannelLayout gated_;
};

}  // namespace coset::compute
