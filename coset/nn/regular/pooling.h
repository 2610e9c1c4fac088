/// Projection G -> G/H, spatial pooling, global pooling.
///
/// Source: Cohen and Welling, arXiv 1602.07576, 6.3 (coset pooling).
#pragma once

#include "coset/field/regular_field.h"
#include "coset/nn/module.h"

namespace coset::nn {

/// Mean is the theory's integral over H; max is invariant too and is what published networks use.
enum class PoolKind { mean, max };

/// Reduces every permutation field over its fibre (group pooling): fields of dim components become trivial fields.
/// @throws coset::Error on fields that are not permuted (irreps)
field::RegularField project(const field::RegularField& f, PoolKind kind);

/// Reduces permutation fields over fibre and space: invariant features (B, fields).
Tensor global_pool(const field::RegularField& f, PoolKind kind);

struct SpatialPoolOptions {
  std::int64_t size = 2;
  std::int64_t stride = 2;
  std::int64_t padding = 0;
};

/// Pools every component over a window of space; max only for permutation fields.
/// @throws coset::Error where the size would break the symmetry of the grid, naming one that works
field::RegularField spatial_pool(const field::RegularField& f, PoolKind kind, const SpatialPoolOptions& options = {});

}  // namespace coset::nn
