#include "coset/compute/gated_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
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
    compare_with_reference<float>(to_string(target));
    compare_with_reference<double>(to_string(target));
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

const GateShape kGate{5, {{6, {1, -1}}, {3, {2, 1}}}};
constexpr std::int64_t kScalars = 14;  // of the plan's output: scalars and gates

rep::TensorProductPlan gated_plan() {
  return rep::fully_connected_tensor_product(Irreps("4x0e+3x1o+4x0e+2x2e"), Irreps("0e+1o+2e"),
                                             Irreps("14x0e+6x1o+3x2e"));
}

/// The layer, once in one pass and once as product, bias and gate of their own.
template <class T>
struct Layer {
  const std::int64_t rows = 77;
  const rep::TensorProductPlan plan = gated_plan();
  const GatedProduct fused{plan, {{2, 2}, kGate}};
  const TensorProduct product{plan};
  const std::int64_t dims[2] = {13, 14};
  const std::vector<T> x0 = random_values<T>(rows * dims[0], 1), x1 = random_values<T>(rows * dims[1], 2);
  const std::vector<T> y = random_values<T>(rows * plan.in2.dim(), 3);
  const std::vector<T> w = random_values<T>(plan.weight_numel, 4), b = random_values<T>(kScalars, 5);
  const std::vector<T> gz = random_values<T>(rows * kGate.output_dim(), 6);
  const T* parts[2] = {x0.data(), x1.data()};
  const GatedProductInputs<T> in{rows, parts, y.data(), w.data(), b.data()};

  std::vector<T> joined(const std::vector<T>& first, const std::vector<T>& second) const {
    std::vector<T> x;
    for (std::int64_t r = 0; r < rows; ++r) {
      x.insert(x.end(), first.begin() + r * dims[0], first.begin() + (r + 1) * dims[0]);
      x.insert(x.end(), second.begin() + r * dims[1], second.begin() + (r + 1) * dims[1]);
    }
    return x;
  }
  std::vector<T> before_gate() const {
    std::vector<T> z(static_cast<std::size_t>(rows * plan.out.dim()));
    const auto x = joined(x0, x1);
    product.forward<T>({rows, true, Route::reference}, {x.data(), y.data(), w.data()}, z.data());
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < kScalars; ++c)
        z[static_cast<std::size_t>(r * plan.out.dim() + c)] += b[static_cast<std::size_t>(c)];
    return z;
  }

  struct Results {
    std::vector<T> z, gx, gy, gw, gb;
  };
  std::map<std::string, double> distances_to(const Results& r, const Results& expected) const {
    using laws::distance;
    return {{"z", distance(r.z, expected.z)},
            {"gx", distance(r.gx, expected.gx)},
            {"gy", distance(r.gy, expected.gy)},
            {"gw", distance(r.gw, expected.gw)},
            {"gb", distance(r.gb, expected.gb)}};
  }

  Results apart() const {
    Results r{gz, {}, y, w, std::vector<T>(kScalars)};
    const auto pre = before_gate(), x = joined(x0, x1);
    gate(kGate, rows, pre.data(), r.z.data());
    std::vector<T> gpre(pre.size());
    r.gx = x;
    gate_backward(kGate, rows, pre.data(), gz.data(), gpre.data());
    product.backward<T>({rows, true, Route::reference}, {x.data(), y.data(), w.data()}, gpre.data(),
                        {r.gx.data(), r.gy.data(), r.gw.data()});
    const auto columns = static_cast<std::size_t>(plan.out.dim());
    for (std::size_t i = 0; i < gpre.size(); ++i)
      if (i % columns < r.gb.size()) r.gb[i % columns] += gpre[i];
    return r;
  }

  /// With `forget`, the backward pass finds zeros where forward's saved numbers should be.
  Results in_one_pass(bool forget = false) const {
    Results r{gz, {}, y, w, b};
    std::vector<T> saved(static_cast<std::size_t>(fused.saved_numel(rows))), gx0 = x0, gx1 = x1;
    fused.forward<T>(in, r.z.data(), saved.data());
    if (forget) std::fill(saved.begin(), saved.end(), T(0));
    T* gx[2] = {gx0.data(), gx1.data()};
    fused.backward<T>(in, saved.data(), gz.data(), {gx, r.gy.data(), r.gw.data(), r.gb.data()});
    r.gx = joined(gx0, gx1);
    return r;
  }
};

TEST(GatedProduct, AgreesWithItsPartsOnEveryTarget) {
  const Layer<float> single;
  const Layer<double> full;
  const auto expected32 = single.apart();
  const auto expected64 = full.apart();
  const SimdTarget best = simd_target();
  for (const SimdTarget target : simd_targets()) {
    set_simd_target(target);
    for (const int threads : {1, 3}) {
      set_num_threads(threads);
      tests::expect_within<float>(single.distances_to(single.in_one_pass(), expected32), to_string(target));
      tests::expect_within<double>(full.distances_to(full.in_one_pass(), expected64), to_string(target));
    }
  }
  set_num_threads(0);
  set_simd_target(best);
}

TEST(GatedProduct, ComparisonSeesMissingBiasAndMissingSlopes) {
  const Layer<double> layer;
  EXPECT_EQ(layer.fused.bias_numel(), kScalars);
  EXPECT_EQ(layer.fused.output_dim(), kGate.output_dim());
  const auto expected = layer.apart();
  std::vector<double> z(layer.gz.size());
  auto unbiased = layer.in;
  unbiased.b = nullptr;
  layer.fused.forward<double>(unbiased, z.data(), nullptr);
  auto seen = layer.distances_to(layer.in_one_pass(true), expected);
  seen["z"] = laws::distance(z, expected.z);
  tests::expect_seen(seen, "control");
}

TEST(GatedProduct, RefusesGatesThatDoNotMatch) {
  const rep::TensorProductPlan plan = gated_plan();
  EXPECT_THROW(GatedProduct(plan, {{2, 2}, GateShape{4, {{6, {1, -1}}, {3, {2, 1}}}}}), Error);
  EXPECT_THROW(GatedProduct(plan, {{2, 1}, kGate}), Error);
  EXPECT_THROW(GatedProduct(rep::full_tensor_product(Irreps("2x1o"), Irreps("1o")), {}), Error);
}

}  // namespace
}  // namespace coset::compute
