/// The certificate of a model on point clouds: rotations, reflections, translations and permutations, tried at random.
#pragma once

#include <functional>

#include "coset/ops/torch.h"

namespace coset::verify {

/// B clouds of n points with one vector and one scalar each.
struct PointClouds {
  Tensor positions;  // (B, n, 3)
  Tensor vectors;    // (B, n, 3), polar: a velocity
  Tensor scalars;    // (B, n)
};

/// Largest relative errors (coset/verify/equivariance.h) over the trials.
struct SymmetryErrors {
  double rotation = 0.0;
  double reflection = 0.0;
  double translation = 0.0;
  double permutation = 0.0;

  double largest() const;
};

/// `map` gives new positions (B, n, 3). Per trial one rotation R, the rotoinversion -R, a translation of length 1 and a
/// permutation of the points, all Haar or uniformly random from `seed`:
///   map(R x, R v, q) = R map(x, v, q),   map(x + t, v, q) = map(x, v, q) + t,   map(x_p, v_p, q_p) = map(x, v, q)_p
/// @cost 4 calls of `map` per trial (R, -R, translation, permutation) and one before; no gradients
SymmetryErrors symmetry_errors(const std::function<Tensor(const PointClouds&)>& map, const PointClouds& clouds,
                               int trials, std::uint64_t seed);

}  // namespace coset::verify
