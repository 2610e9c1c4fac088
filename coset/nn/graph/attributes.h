/// Steerable attributes of edges and nodes: harmonics of relative positions and physical vectors.
#pragma once

#include "coset/compute/spherical_harmonics.h"
#include "coset/field/field.h"
#include "coset/graph/graph.h"
#include "coset/nn/module.h"

namespace coset::nn {

/// a_ij = (+)_{l <= lmax} Y^l(x_j - x_i)  and  a_i = mean_j a_ij (+ Y(v_i)), its scalar component overwritten with 1.
///
/// Isolated nodes get a_i = (1, Y(v_i)...), so every layer conditioned on a_i keeps a linear part. Source:
/// Brandstetter et al., ICLR 2022, equations 8 and 9.
struct Attributes {
  field::Field edge;  // (E, (lmax+1)^2)
  field::Field node;  // (N, (lmax+1)^2)
};

/// @param relative  (E, 3) x_j - x_i     @param physical (N, 3), a velocity for example, or undefined
Attributes make_attributes(const graph::Graph& graph, const Tensor& relative, const Tensor& physical, int lmax,
                           compute::HarmonicsNormalization normalization);

}  // namespace coset::nn
