/// Tensor-product plans of the architectures the kernels serve.
#pragma once

#include <cstdlib>
#include <vector>

#include "coset/rep/tensor_product_plan.h"

namespace coset::tests {

/// NequIP's and MACE's convolution: every uvu path of features with harmonics 0 .. lmax_y, outputs up to lmax_z, one
/// output block a path. `any_parity` keeps the paths of odd l1 + l2 + l3 too, which need outputs of both parities.
inline rep::TensorProductPlan convolution_plan(const rep::Irreps& in, int lmax_y, int lmax_z, bool any_parity = false) {
  const auto y = rep::Irreps::spherical_harmonics(lmax_y);
  std::vector<rep::MulIrrep> out;
  std::vector<rep::Instruction> paths;
  for (std::size_t a = 0; a < in.size(); ++a)
    for (std::size_t b = 0; b < y.size(); ++b)
      for (const rep::Irrep& irrep : in[a].irrep* y[b].irrep) {
        const bool natural = (in[a].irrep.l + y[b].irrep.l + irrep.l) % 2 == 0;
        if (irrep.l > lmax_z || !(natural || any_parity)) continue;
        paths.push_back(
            {static_cast<int>(a), static_cast<int>(b), static_cast<int>(out.size()), rep::ConnectionMode::uvu});
        out.push_back({in[a].mul, irrep});
      }
  return rep::make_tensor_product(in, y, out, paths);
}

}  // namespace coset::tests
