// The fused kernels against the reference on random problems: irreps, multiplicities, rows and graphs drawn by
// RapidCheck.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "coset/compute/tensor_product_conv.h"
#include "tests/compute/graphs.h"
#include "tests/compute/numeric.h"
#include "tests/compute/plans.h"

namespace coset::compute {
namespace {

using tests::random_values;

rep::Irreps any_irreps(int blocks, int lmax) {
  std::vector<rep::MulIrrep> out;
  for (int b = 0; b < blocks; ++b)
    out.push_back({*rc::gen::inRange<std::int64_t>(1, 40), {*rc::gen::inRange(0, lmax + 1), *rc::gen::element(1, -1)}});
  return out;
}

struct Values {
  std::vector<double> z, gx, gy, gw, ggz, dx, dy, dw;
};

void expect_near(const Values& a, const Values& b) {
  RC_ASSERT(laws::distance(a.z, b.z) < laws::kFused64);
  RC_ASSERT(laws::distance(a.gx, b.gx) < laws::kFused64);
  RC_ASSERT(laws::distance(a.gy, b.gy) < laws::kFused64);
  RC_ASSERT(laws::distance(a.gw, b.gw) < laws::kFused64);
  RC_ASSERT(laws::distance(a.ggz, b.ggz) < laws::kFused64);
  RC_ASSERT(laws::distance(a.dx, b.dx) < laws::kFused64);
  RC_ASSERT(laws::distance(a.dy, b.dy) < laws::kFused64);
  RC_ASSERT(laws::distance(a.dw, b.dw) < laws::kFused64);
}

/// forward, backward and second on the same random operands; `call` is one object's three functions.
template <class Product, class Where>
Values everything(const Product& product, const Where& where, std::int64_t rows_x, std::int64_t rows_y,
                  std::int64_t rows_w, std::int64_t rows_z, auto&&... options) {
  const auto& plan = product.plan();
  const auto x = random_values<double>(rows_x * plan.in1.dim(), 1),
             hx = random_values<double>(rows_x * plan.in1.dim(), 5);
  const auto y = random_values<double>(rows_y * plan.in2.dim(), 2),
             hy = random_values<double>(rows_y * plan.in2.dim(), 6);
  const auto w = random_values<double>(rows_w * plan.weight_numel, 3);
  const auto hw = random_values<double>(rows_w * plan.weight_numel, 7);
  const auto gz = random_values<double>(rows_z * plan.out.dim(), 4);
  Values v{gz, x, y, w, gz, x, y, w};
  const Operands<double> in{x.data(), y.data(), w.data()};
  product.template forward<double>(where, in, v.z.data(), options...);
  product.template backward<double>(where, in, gz.data(), {v.gx.data(), v.gy.data(), v.gw.data()}, options...);
  product.template second<double>(where, in, gz.data(), {hx.data(), hy.data(), hw.data()}, v.ggz.data(),
                                  {v.dx.data(), v.dy.data(), v.dw.data()}, options...);
  return v;
}

RC_GTEST_PROP(FusedProperty, FullyConnected, ()) {
  const auto plan = rep::fully_connected_tensor_product(any_irreps(*rc::gen::inRange(1, 4), 2),
                                                        rep::Irreps::spherical_harmonics(*rc::gen::inRange(0, 4)),
                                                        any_irreps(*rc::gen::inRange(1, 4), 3));
  RC_PRE(!plan.paths.empty());
  const TensorProduct product(plan);
  RC_ASSERT(product.route(true) == Route::fused);
  const auto rows = *rc::gen::inRange<std::int64_t>(0, 60);
  const TensorProductRows fused{rows, true, Route::fused}, plain{rows, true, Route::reference};
  expect_near(everything(product, fused, rows, rows, 1, rows), everything(product, plain, rows, rows, 1, rows));
}

RC_GTEST_PROP(FusedProperty, Convolution, ()) {
  const int lmax = *rc::gen::inRange(0, 4);
  const auto plan = tests::convolution_plan(any_irreps(*rc::gen::inRange(1, 4), 3), lmax, *rc::gen::inRange(1, 5),
                                            *rc::gen::arbitrary<bool>());
  RC_PRE(!plan.paths.empty());
  const TensorProductConv conv(plan);
  RC_ASSERT(conv.route() == Route::fused);
  const auto nodes = *rc::gen::inRange<std::int64_t>(1, 20);
  const auto edges = *rc::gen::inRange<std::int64_t>(0, 100);
  const tests::RandomGraph graph(nodes, edges, 11);
  const auto index = graph.index();
  expect_near(everything(conv, index, nodes, edges, edges, nodes, ConvOptions{.route = Route::fused}),
              everything(conv, index, nodes, edges, edges, nodes, ConvOptions{.route = Route::reference}));
}

}  // namespace
}  // namespace coset::compute
