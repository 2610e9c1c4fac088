/// Projection G -> G/H, pooling over windows of pixels, and global pooling over pixels or the nodes of graphs.
///
/// Source: Cohen and Welling, arXiv 1602.07576, 6.3 (coset pooling).
#pragma once

#include "coset/field/field.h"
#include "coset/nn/module.h"

namespace coset::nn {

/// How many values become one. The mean over H is the theory's integral; the maximum is invariant too and is what
/// published networks use; `none` leaves the values as they are, where a network may do without.
enum class Pool { none, mean, max, sum };

/// Reduces every permutation field over its fibre (group pooling): fields of dim components become trivial fields.
/// Pool::mean or Pool::max. @throws coset::Error on fields that are not permuted (irreps)
field::Field project(const field::Field& f, Pool kind);

/// Reduces permutation fields over fibre and space: invariant features (B, fields). Pool::mean or Pool::max.
Tensor global_pool(const field::Field& f, Pool kind);

struct SpatialPoolOptions {
  std::int64_t size = 2;
  std::int64_t stride = 2;
  std::int64_t padding = 0;
};

/// Pools every component over a window of space; max only for permutation fields. Pool::mean or Pool::max.
/// @throws coset::Error where the size would break the symmetry of the grid, naming one that works
field::Field spatial_pool(const field::Field& f, Pool kind, const SpatialPoolOptions& options = {});

/// Mean or sum over the nodes of every graph, of any type: (N, C) -> (B, C); a graph without nodes has zeros.
/// @param graph_of_node  (N) int64 in 0 .. num_graphs-1
field::Field pool_nodes(const field::Field& f, const Tensor& graph_of_node, std::int64_t num_graphs, Pool kind);

}  // namespace coset::nn
