/// Subgroups, cosets, quotients, orbits and stabilisers of a finite group given by its tables.
///
/// Everything is data (places in the grid), so the theorem, quotient field types and restriction layers can use it at
/// run time. Source: Bekkers, lecture notes (2021), part II: X is G/Stab(x0) for every homogeneous X.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "coset/group/grid.h"

namespace coset::group {

/// Places of a subgroup's elements, ascending; the identity's place is among them.
using Subgroup = std::vector<std::int64_t>;

/// The smallest subgroup that holds the given elements. @throws coset::Error unless the grid is closed
Subgroup generated_subgroup(const GroupGrid& group, std::span<const std::int64_t> generators);

/// Whether the places are closed under product and inverse.
bool is_subgroup(const GroupGrid& group, std::span<const std::int64_t> places);

/// g N = N g for all g.
bool is_normal(const GroupGrid& group, const Subgroup& subgroup);

/// Elements g with g . point = point (within 1e-9).
Subgroup stabiliser(const GroupGrid& group, std::span<const double> point);

/// The distinct points g . point, in the order of the first g that reaches them; flattened (count, space).
std::vector<double> orbit(const GroupGrid& group, std::span<const double> point);

/// The homogeneous space G/H of left cosets. Coset 0 is H itself; the group acts by g (a H) = (g a) H.
struct CosetSpace {
  std::int64_t size = 0;
  std::vector<std::int64_t> representative;  ///< (size): an element of each coset, its lowest place
  std::vector<std::int64_t> coset_of;        ///< (|G|): the coset in which each element lies
  std::vector<std::int64_t> action;          ///< (|G|, size): coset that g sends each coset to

  std::int64_t act(std::int64_t g, std::int64_t coset) const {
    return action[static_cast<std::size_t>(g * size + coset)];
  }
};
/// @throws coset::Error unless `subgroup` is one
CosetSpace left_cosets(const GroupGrid& group, const Subgroup& subgroup);

/// The stabiliser of coset a H, which is a H a^-1.
Subgroup stabiliser(const GroupGrid& group, const CosetSpace& space, std::int64_t coset);

/// Product table (size, size) of the quotient group G/N over the cosets of left_cosets(group, normal).
/// @throws coset::Error when the subgroup is not normal
std::vector<std::int64_t> quotient_product(const GroupGrid& group, const Subgroup& normal);

}  // namespace coset::group
