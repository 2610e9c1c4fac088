/// The polynomials of a layer's update from the tensors of a model file.
#pragma once

#include <array>
#include <vector>

#include "coset/compute/symmetric_product.h"
#include "coset/deploy/layer_shape.h"

namespace coset::deploy {

/// Index tuples a <= b <= ... of `degree` components out of `components`, in lexicographic order; unused ones are -1.
std::vector<std::array<int, 3>> monomials(int components, int degree);

/// Tensors "product.B.basis.D" (2l+1, monomials, k) and "product.B.weight.D" (species, k, channels) for every output
/// block B and degree D = 1 .. correlation; w_n[s, m, c] = sum_k basis[m, n, k] weight[s, k, c].
template <class T>
compute::SymmetricProduct<T> read_product(const NetworkOptions& options, const LayerShape& shape, WeightReader& reader);

}  // namespace coset::deploy
