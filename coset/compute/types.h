/// What the functions of this room take: arrays as raw pointers, with their shapes beside them. A device that runs the
/// same operations takes the same structs.
///
/// Every array is dense and row-major, with blocks [mul][2l+1] unless a Layout says otherwise. T is float or double.
/// Nothing here owns memory. Inputs are read only; outputs are overwritten unless `add_*` says otherwise, and must not
/// overlap inputs. A null output is not wanted and not computed.
#pragma once

#include <cstdint>
#include <span>

#include "coset/compute/kernel_report.h"

namespace coset::compute {

/// How a block of features lies in a row: [mul][2l+1] (public tensors) or [2l+1][mul] (channels side by side).
enum class Layout { mul_ir, ir_mul };

/// Graph of a convolution, not owned: receiver-sorted edges, and the same edges grouped by sender for the gradients of
/// sender features. `by_sender_*` may be null where no such gradient is asked for.
struct EdgeIndex {
  std::int64_t receivers = 0;
  std::int64_t senders = 0;
  std::int64_t edges = 0;
  const std::int64_t* receiver_start = nullptr;   ///< (receivers + 1)
  const std::int64_t* sender = nullptr;           ///< (edges)
  const std::int64_t* by_sender_start = nullptr;  ///< (senders + 1)
  const std::int64_t* by_sender_edge = nullptr;   ///< (edges)
  const std::int64_t* receiver = nullptr;         ///< (edges), needed together with by_sender
};

/// Three read-only operands: x (rows, in1.dim), y (rows, in2.dim), w (weight_numel) or (rows, weight_numel).
/// A null operand stands for zeros, except that w is ignored when the plan has no weights.
template <class T>
struct Operands {
  const T* x = nullptr;
  const T* y = nullptr;
  const T* w = nullptr;
};

/// Where to write gradients, same shapes as the operands; null: not wanted, and not computed. add_*: add to what is
/// there instead of overwriting it.
template <class T>
struct Gradients {
  T* x = nullptr;
  T* y = nullptr;
  T* w = nullptr;
  bool add_x = false;
  bool add_y = false;
  bool add_w = false;
};

/// What a second derivative is taken at: the operands, the cotangent gz of z, and the cotangents h of the gradients.
template <class T>
struct SecondInputs {
  Operands<T> in;
  const T* gz = nullptr;
  Operands<T> h;
};

struct TensorProductRows {
  std::int64_t rows = 0;
  bool shared_weights = true;  ///< one weight row for all, its gradient summed over rows
  Route route = Route::automatic;
};

struct ConvOptions {
  Layout layout =
      Layout::mul_ir;  ///< of x, z and their gradients; y and w have no choice (mul2 = 1, one weight a channel)
  Route route = Route::automatic;  ///< the reference knows mul_ir only
  bool shared_weights = false;     ///< w (weight_numel), one row for all edges; its gradient is not available
};

template <class T>
struct GatedProductInputs {
  std::int64_t rows = 0;
  std::span<const T* const> x;     ///< parts, each (rows, its columns)
  const T* y = nullptr;            ///< (rows, in2.dim)
  const T* w = nullptr;            ///< (weight_numel)
  const T* b = nullptr;            ///< (bias_numel); may be null
  Layout layout = Layout::mul_ir;  ///< of x, z and their gradients
};

/// Null: not wanted.
template <class T>
struct GatedProductGradients {
  std::span<T* const> x;  ///< empty, or one pointer (may be null) per part
  T* y = nullptr;
  T* w = nullptr;
  T* b = nullptr;
};

template <class T>
struct InstanceNormInputs {
  std::int64_t graphs = 0;
  const std::int64_t* row_start = nullptr;  ///< (graphs + 1): the nodes of graph g are row_start[g] .. row_start[g+1]-1
  const T* x = nullptr;                     ///< (nodes, dim)
  const T* r = nullptr;                     ///< (nodes, dim); null: zeros
  const T* w = nullptr;                     ///< (copies)
  const T* b = nullptr;                     ///< (scalars)
};

/// Null: not wanted.
template <class T>
struct InstanceNormGradients {
  T* z = nullptr;  ///< (nodes, dim), the gradient of x and of r
  T* w = nullptr;
  T* b = nullptr;
};

template <class T>
struct GatedMessageInputs {
  const T* features = nullptr;    ///< (nodes, feature columns)
  const T* extra = nullptr;       ///< (edges, extra columns); null when there are none
  const T* attributes = nullptr;  ///< (edges, in2.dim)
  const T* w1 = nullptr;          ///< (first.weight_numel)
  const T* b1 = nullptr;          ///< even scalars of first.out; may be null
  const T* w2 = nullptr;
  const T* b2 = nullptr;
  Layout layout = Layout::mul_ir;  ///< of features, m and their gradients
};

/// Null: not wanted.
template <class T>
struct GatedMessageGradients {
  T* features = nullptr;
  T* extra = nullptr;
  T* attributes = nullptr;
  T* w1 = nullptr;
  T* b1 = nullptr;
  T* w2 = nullptr;
  T* b2 = nullptr;
};

/// Spherical harmonics: points x (n, 3), cotangents g (n, M) of the values and h (n, 3) of their gradient.
template <class T>
struct HarmonicsSecond {
  const T* x = nullptr;
  const T* g = nullptr;
  const T* h = nullptr;
};

/// Gate: inputs x (rows, input_dim), cotangents gz (rows, output_dim) of the values and h (rows, input_dim) of gx.
template <class T>
struct GateSecond {
  const T* x = nullptr;
  const T* gz = nullptr;
  const T* h = nullptr;
};

}  // namespace coset::compute
