/// Values and both orders of derivatives of a trilinear product on random operands, how far two such results are apart,
/// and a plan that must be seen to be wrong.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "coset/compute/tensor_product.h"
#include "tests/compute/numeric.h"

namespace coset::tests {

template <class T>
struct TrilinearResults {
  std::vector<T> z, gx, gy, gw, ggz, dx, dy, dw;
};

struct TrilinearRows {
  std::int64_t x = 0, y = 0, w = 0, z = 0;
};

/// `where` and `options` as the product's forward, backward and second take them.
template <class T, class Product, class Where>
TrilinearResults<T> everything(const Product& product, const Where& where, TrilinearRows rows, auto&&... options) {
  const auto& plan = product.plan();
  const auto x = random_values<T>(rows.x * plan.in1.dim(), 1), hx = random_values<T>(rows.x * plan.in1.dim(), 5);
  const auto y = random_values<T>(rows.y * plan.in2.dim(), 2), hy = random_values<T>(rows.y * plan.in2.dim(), 6);
  const auto w = random_values<T>(rows.w * plan.weight_numel, 3), hw = random_values<T>(rows.w * plan.weight_numel, 7);
  const auto gz = random_values<T>(rows.z * plan.out.dim(), 4);
  TrilinearResults<T> r{gz, x, y, w, gz, x, y, w};  // never the answer, so an output left alone is found
  const compute::Operands<T> in{x.data(), y.data(), w.data()};
  product.template forward<T>(where, in, r.z.data(), options...);
  product.template backward<T>(where, in, gz.data(), {r.gx.data(), r.gy.data(), r.gw.data()}, options...);
  product.template second<T>(where, {in, gz.data(), {hx.data(), hy.data(), hw.data()}}, r.ggz.data(),
                             {r.dx.data(), r.dy.data(), r.dw.data()}, options...);
  return r;
}

template <class T>
std::map<std::string, double> distances(const TrilinearResults<T>& a, const TrilinearResults<T>& b) {
  using laws::distance;
  return {{"z", distance(a.z, b.z)},       {"gx", distance(a.gx, b.gx)}, {"gy", distance(a.gy, b.gy)},
          {"gw", distance(a.gw, b.gw)},    {"dx", distance(a.dx, b.dx)}, {"dy", distance(a.dy, b.dy)},
          {"ggz", distance(a.ggz, b.ggz)}, {"dw", distance(a.dw, b.dw)}};
}

/// Every named distance within the tolerance of fused kernels of type T.
template <class T>
void expect_within(const std::map<std::string, double>& distances, const std::string& what) {
  for (const auto& [name, distance] : distances)
    EXPECT_LT(distance, sizeof(T) == 4 ? laws::kFused32 : laws::kFused64) << what << ", " << name;
}

/// Every named distance far beyond the tolerance in float64: what a negative control shows.
inline void expect_seen(const std::map<std::string, double>& distances, const std::string& what) {
  for (const auto& [name, distance] : distances)
    EXPECT_GT(distance, laws::kControlFactor * laws::kFused64) << what << ", " << name;
}

/// The plan with the sign of one coupling of its first path with a vector in y turned round.
inline rep::TensorProductPlan wrong_sign(rep::TensorProductPlan plan) {
  const auto path = std::find_if(plan.paths.begin(), plan.paths.end(), [](const auto& p) { return p.l2 == 1; });
  path->coupling.front().value *= -1;
  return plan;
}

}  // namespace coset::tests
