/// A fully connected product with shared weights and attributes of multiplicity one, rewritten as dense channel mixing
/// and sparse contraction with the attributes.
///
/// For a slot (input irrep, attribute block, output irrep), M[k, i] = sum_j C_{ijk} y[j] is one small matrix per row,
/// and the weights W (mul1, mul_out) act on channels only:  z[k, :] += sum_i M[k, i] x[i, :] W.  The two commute, so a
/// slot either contracts first (2 l3 + 1 rows of x W) or mixes first (2 l1 + 1 rows); the cheaper one is taken. Slots
/// that contract first into one output stack along the depth of one matrix product; slots that mix first from one input
/// stack along its columns. Source: SEGNN's o3_building_blocks.py; own derivation.
#pragma once

#include <cstdint>
#include <vector>

#include "coset/compute/cpu/channel_rows.h"
#include "coset/compute/cpu/pair_columns.h"
#include "coset/rep/tensor_product_plan.h"

namespace coset::compute {

/// A non-zero entry of M.
struct MixingPair {
  int k = 0;
  int i = 0;
  std::int64_t number = 0;  ///< among the row's pair values
};

struct MixingSlot {
  std::size_t in = 0;      ///< group of the input layout
  std::size_t out = 0;     ///< group of the output layout
  std::int64_t block = 0;  ///< attribute block
  std::vector<MixingPair> pairs;
  bool contract_first = true;
  std::int64_t column = 0;  ///< of this slot in its stack
};

/// All slots that share one matrix product.
struct MixingStack {
  std::size_t group = 0;        ///< output group when contracting first, else input group
  std::int64_t width = 0;       ///< depth of the product when contracting first, else its columns
  std::int64_t stride = 0;      ///< padded width: component stride of the intermediate row
  std::int64_t offset = 0;      ///< start in the intermediate row
  std::int64_t weights = 0;     ///< start of (width, padded mul_out), or of (mul1, stride)
  std::int64_t transposed = 0;  ///< start of (mul_out, stride), or of (width, padded mul1)
  std::vector<std::size_t> slots;
};

/// The contractions of one order, all slots at once; "middle" is the intermediate row of its stacks.
struct MixingPrograms {
  bool apply_reaches_all = false;     ///< every component of the output layout is written by `apply`
  bool backward_reaches_all = false;  ///< every component of the input layout is written by `backward`
  Contraction apply;          ///< x -> middle (overwrites) when contracting first; middle -> z (adds) when mixing first
  Contraction backward;       ///< middle -> gx (adds); gz -> middle (overwrites)
  std::vector<PairDot> dots;  ///< a: the gradient (middle; z), b: the value (x; middle)
};

/// One path's block of weights inside a stack's matrix.
struct MixingPiece {
  std::size_t slot = 0;
  std::int64_t first_in = 0, mul_in = 0;
  std::int64_t first_out = 0, mul_out = 0;
  std::int64_t weight_offset = 0;
  double coefficient = 0.0;
};

enum class MixingOrder { cheapest, mix_first };

struct MixingPlan {
  ChannelLayout in, out;
  std::int64_t y_size = 0;
  std::vector<MixingSlot> slots;
  std::vector<PairTriple> triples;  ///< by pair
  std::vector<MixingPiece> pieces;
  std::vector<MixingStack> contract_stacks, mix_stacks;
  MixingPrograms contract_programs, mix_programs;
  std::int64_t pairs = 0;          ///< pair values of a row, over all slots
  std::int64_t contract_size = 0;  ///< of the intermediate row of the contract stacks
  std::int64_t mix_size = 0;       ///< of the intermediate row of the mix stacks
  std::int64_t weights_size = 0;   ///< packed, both stacks
  std::int64_t transposed_size = 0;
  std::int64_t weight_numel = 0;  ///< flat, as the user sees them
};

/// Every path uvw with weights and mul2 = 1?
bool mixing_fits(const rep::TensorProductPlan& plan);
MixingPlan make_mixing_plan(const rep::TensorProductPlan& plan, MixingOrder order = MixingOrder::cheapest);

/// Flat weights -> stacks, coefficients included. `transposed` may be null.
template <class T>
void pack_weights(const MixingPlan& plan, const T* w, T* weights, T* transposed);

/// gw[q] += coefficient * gradient of the packed weights.
template <class T>
void unpack_weight_gradient(const MixingPlan& plan, const T* packed, T* gw);

}  // namespace coset::compute
