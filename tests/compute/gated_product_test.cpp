#include "coset/compute/gated_product.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"
#include "coset/compute/simd.h"
#include "tests/compute/trilinear_results.h"

namespace coset::compute {
namespace {

using rep::Irreps;
using tests::random_values;
using tests::TrilinearResults;

struct Case {
  const char* in;
  const char* attributes;
  const char* out;
  std::int64_t rows;
};

const Case kCases[] = {
    {"32x0e+32x1o", "0e+1o", "64x0e+32x1o", 100},
    {"3x0e+5x1o+2x0e+1x2e", "0e+1o+2e", "7x0e+17x1o+2x1e+3x2e", 53},
    {"17x0o+4x1e+3x2o", "0e+1o+2e+3o", "5x0e+6x1o+33x2e+2x3o", 7},
    {"2x1o+0e", "0e+1o", "19x0e+1x1o", 1},
    {"4x0e+1x3o", "0e+1o+2e+3o", "2x0e+3x3o+1x4e", 200},
    {"4x0e+3x1o", "0e+1o", "4x0e", 0},
};

template <class T>
TrilinearResults<T> run(const TensorProduct& product, std::int64_t rows, Route route) {
  return tests::everything<T>(product, TensorProductRows{rows, true, route}, {rows, rows, 1, rows});
}

template <class T>
void compare_with_reference(const std::string& what) {
  for (const Case& c : kCases) {
    const TensorProduct product(rep::fully_connected_tensor_product(Irreps(c.in), Irreps(c.attributes), Irreps(c.out)));
    ASSERT_EQ(product.route(true), Route::fused);
    const auto before = kernel_calls(Kernel::product_fully_connected);
    const auto fused = run<T>(product, c.rows, Route::automatic);
    EXPECT_EQ(kernel_calls(Kernel::product_fully_connected), before + 3) << "the fused kernel did not run";
    tests::expect_within<T>(distances(fused, run<T>(product, c.rows, Route::reference)), what + " " + c.in);
  }
}

TEST(FullyConnected, AgreesWithReferenceOnEveryTarget) {
  const SimdTarget best = simd_target();
  for (const SimdTarget target : simd_targets()) {
    set_simd_target(target);
    compare_with_reference<float>(print(target));
    compare_with_reference<double>(print(target));
  }
  set_simd_target(best);
}

TEST(FullyConnected, ComparisonSeesAWrongSign) {
  const auto plan = rep::fully_connected_tensor_product(Irreps("4x0e+3x1o"), Irreps("0e+1o"), Irreps("5x0e+2x1o"));
  tests::expect_seen(distances(run<double>(TensorProduct(tests::wrong_sign(plan)), 20, Route::fused),
                               run<double>(TensorProduct(plan), 20, Route::reference)),
                     "sign");
}

TEST(FullyConnected, SameBitsOnAnyNumberOfThreads) {
  const TensorProduct product(
      rep::fully_connected_tensor_product(Irreps("9x0e+7x1o"), Irreps("0e+1o"), Irreps("20x0e+5x1o")));
  set_num_threads(1);
  const auto one = run<float>(product, 1000, Route::fused);
  for (const int threads : {2, 5, 64}) {
    set_num_threads(threads);
    for (const auto& [name, distance] : distances(one, run<float>(product, 1000, Route::fused)))
      EXPECT_EQ(distance, 0.0) << name;
  }
  set_num_threads(0);
}

/// The layer, once in one pass and once as product, bias and gate of their own.
class GatedProductTest : public ::testing::Test {
 protected:
  const std::int64_t rows = 77;
  const GateShape shape{5, {{6, {1, -1}}, {3, {2, 1}}}};
  const rep::TensorProductPlan plan =
      rep::fully_connected_tensor_product(Irreps("4x0e+3x1o+4x0e+2x2e"), Irreps("0e+1o+2e"), Irreps("14x0e+6x1o+3x2e"));
  const GatedProduct layer{plan, {{2, 2}, shape}};
  const TensorProduct product{plan};
  const std::int64_t dims[2] = {13, 14};
  const std::vector<double> x0 = random_values<double>(rows * dims[0], 1),
                            x1 = random_values<double>(rows * dims[1], 2);
  const std::vector<double> y = random_values<double>(rows * plan.in2.dim(), 3);
  const std::vector<double> w = random_values<double>(plan.weight_numel, 4), b = random_values<double>(14, 5);
  const std::vector<double> gz = random_values<double>(rows * shape.output_dim(), 6);
  const double* parts[2] = {x0.data(), x1.data()};
  const GatedProductInputs<double> in{rows, parts, y.data(), w.data(), b.data()};

  std::vector<double> joined() const {
    std::vector<double> x;
    for (std::int64_t r = 0; r < rows; ++r) {
      x.insert(x.end(), x0.begin() + r * dims[0], x0.begin() + (r + 1) * dims[0]);
      x.insert(x.end(), x1.begin() + r * dims[1], x1.begin() + (r + 1) * dims[1]);
    }
    return x;
  }
  std::vector<double> before_gate() const {
    std::vector<double> z(static_cast<std::size_t>(rows * plan.out.dim()));
    const auto x = joined();
    product.forward<double>({rows, true, Route::reference}, {x.data(), y.data(), w.data()}, z.data());
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < 14; ++c)
        z[static_cast<std::size_t>(r * plan.out.dim() + c)] += b[static_cast<std::size_t>(c)];
    return z;
  }
};

TEST_F(GatedProductTest, Forward) {
  EXPECT_EQ(layer.bias_numel(), 14);
  EXPECT_EQ(layer.output_dim(), shape.output_dim());
  std::vector<double> z(gz.size()), expected(gz.size());
  layer.forward<double>(in, z.data(), nullptr);
  gate(shape, rows, before_gate().data(), expected.data());
  EXPECT_LT(laws::distance(z, expected), laws::kFused64);
  std::vector<double> without_bias(gz.size());
  auto unbiased = in;
  unbiased.b = nullptr;
  layer.forward<double>(unbiased, without_bias.data(), nullptr);
  EXPECT_GT(laws::distance(without_bias, expected), laws::kFused64 * laws::kControlFactor);
}

TEST_F(GatedProductTest, Backward) {
  std::vector<double> z(gz.size()), saved(static_cast<std::size_t>(layer.saved_numel(rows)));
  layer.forward<double>(in, z.data(), saved.data());
  std::vector<double> gx0(x0.size()), gx1(x1.size()), gy(y.size()), gw(w.size()), gb(14);
  double* gx[2] = {gx0.data(), gx1.data()};
  layer.backward<double>(in, saved.data(), gz.data(), {gx, gy.data(), gw.data(), gb.data()});
  const auto pre = before_gate();
  std::vector<double> gpre(pre.size()), ex(x0.size() + x1.size()), ey(y.size()), ew(w.size()), eb(14);
  gate_backward(shape, rows, pre.data(), gz.data(), gpre.data());
  const auto x = joined();
  product.backward<double>({rows, true, Route::reference}, {x.data(), y.data(), w.data()}, gpre.data(),
                           {ex.data(), ey.data(), ew.data()});
  for (std::size_t i = 0; i < gpre.size(); ++i)
    if (i % static_cast<std::size_t>(plan.out.dim()) < 14) eb[i % static_cast<std::size_t>(plan.out.dim())] += gpre[i];
  std::vector<double> gjoined;
  for (std::int64_t r = 0; r < rows; ++r) {
    gjoined.insert(gjoined.end(), gx0.begin() + r * dims[0], gx0.begin() + (r + 1) * dims[0]);
    gjoined.insert(gjoined.end(), gx1.begin() + r * dims[1], gx1.begin() + (r + 1) * dims[1]);
  }
  EXPECT_LT(laws::distance(gjoined, ex), laws::kFused64);
  EXPECT_LT(laws::distance(gy, ey), laws::kFused64);
  EXPECT_LT(laws::distance(gw, ew), laws::kFused64);
  EXPECT_LT(laws::distance(gb, eb), laws::kFused64);
  // Without what forward saved, the gates' slopes are wrong.
  const std::vector<double> nothing(saved.size());
  layer.backward<double>(in, nothing.data(), gz.data(), {gx, gy.data(), gw.data(), gb.data()});
  tests::expect_seen({{"gy", laws::distance(gy, ey)}, {"gw", laws::distance(gw, ew)}, {"gb", laws::distance(gb, eb)}},
                     "nothing saved");
}

TEST_F(GatedProductTest, RefusesGatesThatDoNotMatch) {
  EXPECT_THROW(GatedProduct(plan, {{2, 2}, GateShape{4, {{6, {1, -1}}, {3, {2, 1}}}}}), Error);
  EXPECT_THROW(GatedProduct(plan, {{2, 1}, shape}), Error);
  EXPECT_THROW(GatedProduct(rep::full_tensor_product(Irreps("2x1o"), Irreps("1o")), {}), Error);
}

}  // namespace
}  // namespace coset::compute
