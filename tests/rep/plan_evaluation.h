/// A tensor-product plan evaluated straight from the formula of its modes: dense 3j, no shared code with compute/.
#pragma once

#include <vector>

#include "coset/rep/tensor_product_plan.h"
#include "coset/rep/wigner_3j.h"

namespace coset::rep {

/// Calls visit(u, v, z copy, weight index) for every product of copies that a path adds up.
template <class Visit>
void for_each_connection(const TensorProductPath& path, const Visit& visit) {
  using Mode = ConnectionMode;
  const Mode mode = path.instruction.mode;
  std::int64_t pair = 0;
  for (std::int64_t u = 0; u < path.mul1; ++u)
    for (std::int64_t v = 0; v < path.mul2; ++v) {
      const bool same = mode == Mode::uuw || mode == Mode::uuu;
      const bool ordered = mode == Mode::uvu_v || mode == Mode::u_vw;
      if ((same && u != v) || (ordered && u >= v)) continue;
      if (mode == Mode::uvw)
        for (std::int64_t w = 0; w < path.mul_out; ++w) visit(u, v, w, (u * path.mul2 + v) * path.mul_out + w);
      if (mode == Mode::uvu) visit(u, v, u, u * path.mul2 + v);
      if (mode == Mode::uvv) visit(u, v, v, u * path.mul2 + v);
      if (mode == Mode::uuw)
        for (std::int64_t w = 0; w < path.mul_out; ++w) visit(u, v, w, u * path.mul_out + w);
      if (mode == Mode::uuu) visit(u, v, u, u);
      if (mode == Mode::uvuv) visit(u, v, u * path.mul2 + v, u * path.mul2 + v);
      if (mode == Mode::uvu_v) visit(u, v, pair, pair);
      if (mode == Mode::u_vw)
        for (std::int64_t w = 0; w < path.mul_out; ++w) visit(u, v, w, pair * path.mul_out + w);
      ++pair;
    }
}

/// z = plan(x, y, w) for one row each.
inline std::vector<double> evaluate(const TensorProductPlan& plan, const double* x, const double* y, const double* w) {
  std::vector<double> z(static_cast<std::size_t>(plan.out.dim()), 0.0);
  for (const auto& path : plan.paths) {
    const auto& c = wigner_3j(path.l1, path.l2, path.l3);
    const int n1 = 2 * path.l1 + 1;
    const int n2 = 2 * path.l2 + 1;
    const int n3 = 2 * path.l3 + 1;
    for_each_connection(path, [&](std::int64_t u, std::int64_t v, std::int64_t o, std::int64_t q) {
      const double weight = path.coefficient * (path.instruction.has_weight ? w[path.weight_offset + q] : 1.0);
      const double* entry = c.data();
      for (int i = 0; i < n1; ++i)
        for (int j = 0; j < n2; ++j)
          for (int k = 0; k < n3; ++k, ++entry) {
            if (*entry == 0.0) continue;
            z[path.offset_out + o * n3 + k] +=
                weight * *entry * x[path.offset1 + u * n1 + i] * y[path.offset2 + v * n2 + j];
          }
    });
  }
  return z;
}

}  // namespace coset::rep
