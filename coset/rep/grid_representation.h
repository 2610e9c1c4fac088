/// Representations of a finite group given by its tables: the types of the features that live over a pixel.
///
///   trivial     one number that does not change                          dim 1
///   regular     one number per element q, [rho(g) f](q) = f(g^-1 q)       dim |G|
///   quotient    one number per coset qK, permuted like the cosets         dim |G|/|K|
///   irrep(k)    of C_N and D_N: frequency k, rotation by k theta           dim 1 or 2
///
/// Source: Serre, Linear Representations of Finite Groups, 1.2, 5.1, 5.3.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coset/group/subgroup.h"

namespace coset::rep {

struct GridRepresentation {
  std::string name;  ///< "trivial", "regular", "quotient/4", "irrep(2)", "irrep(0-)"
  std::int64_t dim = 0;
  bool permutation = false;      ///< matrices permute the components: any pointwise non-linearity is allowed
  std::vector<double> matrices;  ///< (|G|, dim, dim) row-major; empty on grids that are no group (scales)

  /// Row-major (dim, dim) matrix of the element at place g.
  const double* matrix(std::int64_t g) const { return matrices.data() + g * dim * dim; }
  bool operator==(const GridRepresentation&) const = default;
};

GridRepresentation trivial_representation(const group::GroupGrid& group);

/// On a grid that is no group the components still are the samples on the grid; `matrices` is then empty.
GridRepresentation regular_representation(const group::GroupGrid& group);

/// On the cosets of left_cosets(group, subgroup). Name "quotient/" + order of the subgroup.
GridRepresentation quotient_representation(const group::GroupGrid& group, const group::Subgroup& subgroup);

/// Real irreducible representation of C_N or D_N (also so2:N, o2:N).
///
/// @param frequency  0 <= frequency <= N/2; dimension 2 for 0 < frequency < N/2, else 1
/// @param odd        D_N, dimension 1 only: the mirror F acts by -1 (on dimension 2, F acts by diag(1, -1))
/// @throws coset::Error on another group or frequency
GridRepresentation planar_irrep(const group::GroupGrid& group, std::int64_t frequency, bool odd = false);

/// All irreps of C_N or D_N, by frequency, even before odd.
std::vector<GridRepresentation> planar_irreps(const group::GroupGrid& group);

/// Blocks side by side.
GridRepresentation direct_sum(const std::vector<GridRepresentation>& parts);

/// The orthogonal change of basis from a representation of C_N or D_N to its irreps:
/// D rho(g) D^T = blocks, in the order of `irreps`. For the regular representation D is the Fourier transform on H.
struct Decomposition {
  std::vector<GridRepresentation> irreps;
  std::vector<double> matrix;  ///< (dim, dim), rows are the new basis vectors
};
/// @throws coset::Error on another group
Decomposition decompose(const group::GroupGrid& group, const GridRepresentation& rho);

}  // namespace coset::rep
