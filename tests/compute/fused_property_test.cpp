// The fused kernels against the reference on random problems: irreps, multiplicities, rows and graphs drawn by
// RapidCheck.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "coset/compute/tensor_product_conv.h"
#include "tests/compute/graphs.h"
#include "tests/compute/plans.h"
#include "tests/compute/trilinear_results.h"

namespace coset::compute {
namespace {

using tests::everything;

rep::Irreps any_irreps(int blocks, int lmax) {
  std::vector<rep::MulIrrep> out;
  for (int b = 0; b < blocks; ++b)
    out.push_back({*rc::gen::inRange<std::int64_t>(1, 40), {*rc::gen::inRange(0, lmax + 1), *rc::gen::element(1, -1)}});
  return out;
}

template <class T>
void expect_near(const tests::TrilinearResults<T>& a, const tests::TrilinearResults<T>& b) {
  for (const auto& [name, distance] : tests::distances(a, b))
    RC_ASSERT(distance < (sizeof(T) == 4 ? laws::kFused32 : laws::kFused64));
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
  const tests::TrilinearRows sizes{rows, rows, 1, rows};
  expect_near(everything<double>(product, fused, sizes), everything<double>(product, plain, sizes));
  expect_near(everything<float>(product, fused, sizes), everything<float>(product, plain, sizes));
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
  const tests::TrilinearRows sizes{nodes, edges, edges, nodes};
  const ConvOptions fused{.route = Route::fused}, plain{.route = Route::reference};
  expect_near(everything<double>(conv, index, sizes, fused), everything<double>(conv, index, sizes, plain));
  expect_near(everything<float>(conv, index, sizes, fused), everything<float>(conv, index, sizes, plain));
}

}  // namespace
}  // namespace coset::compute
