/// Messages made by two gated products (SEGNN, Brandstetter et al. 2022) and their sum, in one pass over the edges.
///
///   m[i] = sum over e = (j -> i) of  gate2( TP2( gate1( TP1( f[i] + f[j] + e_ij, a_e; w1) + b1 ), a_e; w2) + b2 )
///
/// (+ under TP1: concatenation.) TP1's weights only mix channels, so they act once per node on f as receiver and once
/// as sender; an edge adds the two results and contracts them with its attributes. TP2 follows a non-linearity and
/// stays per edge, in chunks that live in the cache. Products as SEGNN's o3_building_blocks.py, gates too; every path uvw, shared
/// weights, attribute multiplicities 1. T is float or double; the same bits at any thread count.
#pragma once

#include <cstdint>
#include <memory>

#include "coset/compute/gated_product.h"
#include "coset/compute/types.h"

namespace coset::compute {

struct GatedMessageSpec {
  rep::TensorProductPlan first;   ///< in1 = features, features, extra;  in2 = attributes;  out = input of first_gate
  rep::TensorProductPlan second;  ///< in1 = output of first_gate;       in2 = attributes;  out = input of second_gate
  GateShape first_gate, second_gate;
  int feature_blocks = 0;  ///< blocks of first.in1 that are one copy of the features

  bool operator==(const GatedMessageSpec&) const = default;
};

/// One line that parse_gated_message_spec turns into an equal spec: feature_blocks, then the words of first, first_gate,
/// second, second_gate.
std::string to_string(const GatedMessageSpec& spec);
/// @throws coset::Error in one line on any other text
GatedMessageSpec parse_gated_message_spec(const std::string& text);

struct GatedMessageKernel;

class GatedMessage {
 public:
  /// @throws coset::Error when the plans, gates and blocks do not fit together
  explicit GatedMessage(GatedMessageSpec spec);
  ~GatedMessage();
  GatedMessage(GatedMessage&&) noexcept;
  GatedMessage& operator=(GatedMessage&&) noexcept;

  const GatedMessageSpec& spec() const { return spec_; }
  std::int64_t output_dim() const;  ///< columns of m
  std::int64_t saved_numel(std::int64_t edges) const;

  /// m (nodes, output_dim). `saved` may be null when no backward pass follows. edges: receivers = senders = nodes, with
  /// `receiver`.
  template <class T>
  void forward(const EdgeIndex& edges, const GatedMessageInputs<T>& in, T* m, T* saved) const;

  /// Gradients of <gm, m>; needs the by_sender part of `edges`.
  template <class T>
  void backward(const EdgeIndex& edges, const GatedMessageInputs<T>& in, const T* saved, const T* gm,
                const GatedMessageGradients<T>& out) const;

 private:
  GatedMessageSpec spec_;
  std::unique_ptr<GatedMessageKernel> kernel_;
};

}  // namespace coset::compute
