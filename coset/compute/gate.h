/// Gated non-linearity of steerable features, value and derivatives to second order.
///
///   input row   [scalars s][gates t][blocks mul x (2l+1) ...]        (mul summed over the blocks = number of gates)
///   output row  [a_s silu(s)][a_g sigmoid(t_c) * copy c ...]
///
/// Without gated blocks it is a scaled SiLU. Source: SEGNN's o3_building_blocks.py; e3nn.nn.Gate. T is float or double;
/// arrays dense, row-major, blocks [mul][2l+1]; outputs overwritten.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coset/base/record.h"
#include "coset/compute/types.h"
#include "coset/rep/irreps.h"

namespace coset::compute {

/// e3nn's normalize2mom constants: unit second moment under a standard normal input.
inline constexpr double kSiluSecondMoment = 1.6791767923989418;
inline constexpr double kSigmoidSecondMoment = 1.8467055342154763;

struct GateShape {
  std::int64_t scalars = 0;
  std::vector<rep::MulIrrep> gated;
  double scalar_factor = kSiluSecondMoment;
  double gate_factor = kSigmoidSecondMoment;

  std::int64_t gates() const;
  std::int64_t input_dim() const;
  std::int64_t output_dim() const;

  bool operator==(const GateShape&) const = default;
};

/// One line that parse_gate_shape turns into an equal shape (coset/base/record.h):
/// "scalars=16 gated=8x1o+4x2e scalar_factor=1.6791767923989418 gate_factor=1.8467055342154763".
std::string to_string(const GateShape& shape);
GateShape parse_gate_shape(const std::string& text);  ///< @throws coset::Error in one line on any other text
GateShape read_gate_shape(RecordReader& reader);      ///< within a longer record

/// x (rows, input_dim) -> z (rows, output_dim)
template <class T>
void gate(const GateShape& shape, std::int64_t rows, const T* x, T* z);

/// gx = gradient of <gz, gate(x)>
template <class T>
void gate_backward(const GateShape& shape, std::int64_t rows, const T* x, const T* gz, T* gx);

/// Gradients of <h, gate_backward(x, gz)> with respect to gz (into ggz) and x (into dx); either may be null.
template <class T>
void gate_second(const GateShape& shape, std::int64_t rows, const GateSecond<T>& at, T* ggz, T* dx);

}  // namespace coset::compute
