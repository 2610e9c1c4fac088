/// Tensor products as data: which blocks are multiplied, in which mode, with which normalisation and weight layout.
///
///   z_out[k] = c * sum w * C^{l1 l2 l3}_{ijk} x[i] y[j]       summed over all paths that end in the block
///
/// C is the Wigner 3j tensor of e3nn 0.5 (Frobenius norm 1). compute/ and ops/ execute a plan, nn/ owns one plus
/// weights. Source: e3nn.o3.TensorProduct.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coset/base/record.h"
#include "coset/rep/irreps.h"
#include "coset/rep/wigner_3j.h"

namespace coset::rep {

/// How multiplicities u (of x), v (of y), w (of z) are connected; weight shape in brackets.
enum class ConnectionMode {
  uvw,    ///< z_w = sum_uv w_uvw x_u y_v            [mul1, mul2, mul_out]
  uvu,    ///< z_u = sum_v w_uv x_u y_v              [mul1, mul2]
  uvv,    ///< z_v = sum_u w_uv x_u y_v              [mul1, mul2]
  uuw,    ///< z_w = sum_u w_uw x_u y_u              [mul1, mul_out]
  uuu,    ///< z_u = w_u x_u y_u                     [mul1]
  uvuv,   ///< z_{u mul2 + v} = w_uv x_u y_v         [mul1, mul2]
  uvu_v,  ///< "uvu<v": z_{(u<v)} = w_(uv) x_u y_v   [mul1 (mul1-1)/2], pairs row by row of the upper triangle
  u_vw,   ///< "u<vw": z_w = sum_{u<v} w_(uv)w x_u y_v  [mul1 (mul1-1)/2, mul_out]
};
ConnectionMode parse_connection_mode(std::string_view text);  ///< "uvw", ..., "uvu<v", "u<vw"
std::string to_string(ConnectionMode mode);

enum class IrrepNormalization { component, norm, none };
enum class PathNormalization { element, path, none };

/// One path as the user asks for it: block numbers, mode, and a relative weight.
struct Instruction {
  int in1 = 0;
  int in2 = 0;
  int out = 0;
  ConnectionMode mode = ConnectionMode::uvw;
  bool has_weight = true;
  double path_weight = 1.0;

  bool operator==(const Instruction&) const = default;
};

/// One path, resolved: everything a kernel needs. Offsets count scalars from the start of a feature (or weight) row.
struct TensorProductPath {
  Instruction instruction;
  int l1 = 0, l2 = 0, l3 = 0;
  std::int64_t mul1 = 0, mul2 = 0, mul_out = 0;
  std::int64_t offset1 = 0, offset2 = 0, offset_out = 0;
  std::int64_t weight_offset = 0;            ///< meaningless without a weight
  std::vector<std::int64_t> weight_shape{};  ///< empty without a weight
  std::int64_t weight_numel = 0;
  double coefficient = 0.0;               ///< c: all normalisations
  std::vector<CouplingEntry> coupling{};  ///< non-zero entries of C, ordered by (i, j, k); c is not included

  bool operator==(const TensorProductPath&) const = default;
};

/// A whole tensor product. Comparable and printable; building one costs O(sum of (2l+1)^3).
struct TensorProductPlan {
  Irreps in1, in2, out;
  std::vector<TensorProductPath> paths{};
  std::int64_t weight_numel = 0;  ///< length of the flat weight row, e3nn's order: path after path, each row-major
  /// For each output block: whether a path ends there (the others stay zero).
  std::vector<bool> out_reached{};

  bool operator==(const TensorProductPlan&) const = default;
};

struct TensorProductOptions {
  IrrepNormalization irrep_normalization = IrrepNormalization::component;
  PathNormalization path_normalization = PathNormalization::element;
};

/// Resolves instructions; checks parity, triangle rule, multiplicities of the mode, block numbers.
/// @throws coset::Error naming the instruction and the rule it breaks
TensorProductPlan make_tensor_product(const Irreps& in1, const Irreps& in2, const Irreps& out,
                                      const std::vector<Instruction>& instructions,
                                      const TensorProductOptions& options = {});

/// All uvw paths, loops in1, in2, out. e3nn.o3.FullyConnectedTensorProduct.
TensorProductPlan fully_connected_tensor_product(const Irreps& in1, const Irreps& in2, const Irreps& out,
                                                 const TensorProductOptions& options = {});

/// Simplified inputs, every pair and every irrep of the pair, uvuv, no weights, output blocks stably sorted, not
/// merged.
TensorProductPlan full_tensor_product(const Irreps& in1, const Irreps& in2, const TensorProductOptions& options = {});

/// Aligned multiplicities, uuu, no weights. @throws when num_irreps differ
TensorProductPlan elementwise_tensor_product(const Irreps& in1, const Irreps& in2,
                                             const TensorProductOptions& options = {});

/// x (x) x (in2 = in1). Without `out`: the weightless symmetric product; with `out`: fully connected.
/// e3nn.o3.TensorSquare.
TensorProductPlan tensor_square(const Irreps& in, const TensorProductOptions& options = {});
TensorProductPlan tensor_square(const Irreps& in, const Irreps& out, const TensorProductOptions& options = {});

/// For people, one line per path: "32x1o (x) 1x1o -> 64x0e  uvw  weights 32x1x64  c 0.1768".
std::string describe(const TensorProductPlan& plan);

/// One line that parse_tensor_product_plan turns into an equal plan (coset/base/record.h):
/// "in1=4x0e in2=1x0e out=2x0e path=0,0,0,uvw,weight,1,0.5": block numbers, mode, "weight" or "none", path weight, c.
std::string to_string(const TensorProductPlan& plan);

/// Most paths of a parsed plan, and most multiplications of its coupling tensors: beyond them a text is hostile.
inline constexpr std::size_t kMostParsedPaths = 65536;
inline constexpr double kMostParsedCouplings = 1 << 26;

/// @throws coset::Error in one line on any other text, on a plan that breaks a rule of make_tensor_product, and beyond
/// the limits above
TensorProductPlan parse_tensor_product_plan(const std::string& text);
TensorProductPlan read_tensor_product_plan(RecordReader& reader);  ///< the words of a plan within a longer record
Irreps read_irreps(RecordReader& reader, std::string_view key);

}  // namespace coset::rep
