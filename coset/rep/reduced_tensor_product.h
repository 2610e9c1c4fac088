/// Tensors with index symmetries as irreps: T_ij = T_ji of a vector index is 1x0e+1x2e.
///
/// A formula like `ij=ji`, `ij=-ji`, `ijk=-jik=-ikj` generates a signed permutation group; the tensors it leaves
/// unchanged are decomposed into irreps of O(3). change_of_basis Q has orthogonal rows of the symmetric tensors with
/// sum Q^2 = 2l+1 for each irrep (so Q Q^T = 1):    y = Q T,    T = Q^T y exactly for symmetric T; for any T, Q^T Q T
/// is its symmetric part.
///
/// Bases agree with e3nn up to sign conventions made the same: paths couple indices left to right with sqrt(2l+1) C(l,
/// l_left, l_right), equal irreps are orthonormalised in path order, first non-zero coefficient positive. Source: specs
/// steerable 1.12; e3nn.o3.ReducedTensorProducts.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "coset/rep/irreps.h"

namespace coset::rep {

/// A signed permutation of indices: T[i_0, .., i_k] = sign T[i_source[0], .., i_source[k]].
struct IndexSymmetry {
  int sign = 1;
  std::vector<int> source;

  auto operator<=>(const IndexSymmetry&) const = default;
};

/// The group a formula generates, identity included. "ij=-ji" -> {(+, 01), (-, 10)}.
/// @throws coset::Error that quotes a formula whose terms are not permutations of the first term's distinct letters
std::vector<IndexSymmetry> parse_symmetry(std::string_view formula);

struct ReducedTensorProduct {
  std::vector<Irreps> in;               ///< of each index, in the order of the formula's first term
  Irreps out;                           ///< sorted, simplified
  std::vector<double> change_of_basis;  ///< row-major (out.dim, in[0].dim, in[1].dim, ...)

  std::int64_t tensor_size() const;  ///< product of the in dimensions
};

/// `indices` gives the irreps of each letter; letters that a symmetry exchanges share them, so one of them is enough.
/// @throws coset::Error on a bad formula, a letter without irreps, or exchanged letters of different irreps
/// @cost O(|group| paths^2 tensor_size) time
ReducedTensorProduct reduced_tensor_product(std::string_view formula, const std::map<char, Irreps>& indices);

/// The same for tensors of Cartesian indices (each 1x1o): `ij=ji`, `ij`, `ijk=jik`, ...
ReducedTensorProduct cartesian_tensor(std::string_view formula);

/// y = Q T and T = Q^T y. @throws coset::Error when the length is wrong
std::vector<double> to_irreps(const ReducedTensorProduct& basis, std::span<const double> tensor);
std::vector<double> to_tensor(const ReducedTensorProduct& basis, std::span<const double> coefficients);

}  // namespace coset::rep
