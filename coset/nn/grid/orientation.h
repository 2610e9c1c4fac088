/// What published networks do with the orientation axis at their end.
#pragma once

#include "coset/field/field.h"

namespace coset::nn {

/// ORAlign: every fibre of C_N over a single pixel is rolled so that its largest entry comes first: invariant under the
/// grid's rotations, N numbers a field instead of the one that pooling leaves. The arg-max is not differentiated.
/// @return (B, fields N); @throws coset::Error unless f is a regular field of C_N on one pixel.  @source
/// Zhou et al. 2017
Tensor align_orientations(const field::Field& f);

/// Forgets the group: the components of every field become scalar fields of the trivial group (SE2CNN's head). What
/// follows is no longer equivariant.
field::Field merge_orientations(const field::Field& f);

/// Restricts a field to a subgroup: regular fields of G are |G|/|K| regular fields of K (D16 to C16, C8 to C4).
/// @param subgroup  grid of K; @throws coset::Error unless its elements all lie in G
field::Field restrict_group(const field::Field& f, field::GridPtr subgroup);

}  // namespace coset::nn
