#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/compute/cpu/channelwise_pattern.h"
#include "coset/compute/cpu/scratch.h"
#include "coset/compute/parallel.h"
#include "coset/compute/simd.h"
#include "coset/compute/tensor_product_conv.h"
#include "tests/compute/graphs.h"
#include "tests/compute/plans.h"
#include "tests/compute/trilinear_results.h"

namespace coset::compute {
namespace {

using rep::Irreps;
using tests::convolution_plan;
using tests::random_values;
using tests::RandomGraph;
using tests::TrilinearResults;

template <class T>
TrilinearResults<T> run(const TensorProductConv& conv, const RandomGraph& graph, const ConvOptions& options) {
  const EdgeIndex edges = graph.index();
  return tests::everything<T>(conv, edges, {edges.senders, edges.edges, edges.edges, edges.receivers}, options);
}

struct Case {
  rep::TensorProductPlan plan;
  std::int64_t nodes, edges;
};

std::vector<Case> cases() {
  return {{convolution_plan(Irreps("32x0e+32x1o"), 1, 1), 30, 200},
          {convolution_plan(Irreps("5x0e+3x1o+7x2e"), 2, 2), 11, 90},
          {convolution_plan(Irreps("17x0e+17x1o+17x2e+17x3o"), 3, 3, true), 4, 150},
          {convolution_plan(Irreps("2x0o+33x1e+1x4e"), 4, 5, true), 7, 40},
          {convolution_plan(Irreps("3x0e+2x1o"), 1, 1), 5, 0},
          {convolution_plan(Irreps("3x0e+2x1o"), 1, 1), 1, 1},
          // Two paths into each output block: their sum.
          {rep::make_tensor_product(Irreps("6x0e+6x1o"), Irreps("0e+1o"), Irreps("6x1o+2x3o+6x0e"),
                                    {{0, 1, 0, rep::ConnectionMode::uvu},
                                     {1, 0, 0, rep::ConnectionMode::uvu},
                                     {1, 1, 2, rep::ConnectionMode::uvu},
                                     {0, 0, 2, rep::ConnectionMode::uvu}}),
           9, 60}};
}

template <class T>
void compare_with_reference(const std::string& what) {
  for (const Case& c : cases()) {
    const TensorProductConv conv(c.plan);
    const RandomGraph graph(c.nodes, c.edges, 3);
    ASSERT_EQ(conv.route(), Route::fused);
    const auto before = kernel_calls(Kernel::conv_channelwise);
    const auto fused = run<T>(conv, graph, {});
    EXPECT_EQ(kernel_calls(Kernel::conv_channelwise), before + 3) << "the fused kernel did not run";
    tests::expect_within<T>(distances(fused, run<T>(conv, graph, {.route = Route::reference})),
                            what + " " + c.plan.in1.to_string());
  }
}

TEST(Channelwise, AgreesWithReferenceOnEveryTarget) {
  const SimdTarget best = simd_target();
  for (const SimdTarget target : simd_targets()) {
    set_simd_target(target);
    for (const int threads : {1, 2, 3}) {  // one thread sums features' gradients in its own way
      set_num_threads(threads);
      compare_with_reference<float>(to_string(target));
      compare_with_reference<double>(to_string(target));
    }
  }
  set_num_threads(0);
  set_simd_target(best);
}

TEST(Channelwise, ComparisonSeesAWrongSign) {
  const auto plan = convolution_plan(Irreps("5x0e+3x1o+7x2e"), 2, 2);
  const RandomGraph graph(11, 90, 3);
  const auto expected = run<double>(TensorProductConv(plan), graph, {.route = Route::reference});
  tests::expect_seen(distances(run<double>(TensorProductConv(tests::wrong_sign(plan)), graph, {}), expected), "sign");
  RandomGraph disordered = graph;
  std::swap(disordered.sender.front(), disordered.sender.back());
  tests::expect_seen(distances(run<double>(TensorProductConv(plan), disordered, {}), expected), "order");
}

TEST(Channelwise, MissingCotangentsCountAsZero) {
  const auto plan = convolution_plan(Irreps("5x0e+3x1o"), 1, 1);
  const RandomGraph graph(6, 30, 3);
  const auto x = random_values<double>(6 * plan.in1.dim(), 1), y = random_values<double>(30 * plan.in2.dim(), 2);
  const auto w = random_values<double>(30 * plan.weight_numel, 3), gz = random_values<double>(6 * plan.out.dim(), 4);
  const auto hy = random_values<double>(30 * plan.in2.dim(), 5);
  const std::vector<double> no_x(x.size()), no_w(w.size());
  const TensorProductConv conv(plan);
  const auto second = [&](const Operands<double>& h) {
    TrilinearResults<double> r{{}, {}, {}, {}, gz, x, y, w};
    conv.second<double>(graph.index(), {{x.data(), y.data(), w.data()}, gz.data(), h}, r.ggz.data(),
                        {r.dx.data(), r.dy.data(), r.dw.data()});
    return r;
  };
  tests::expect_within<double>(
      distances(second({no_x.data(), hy.data(), no_w.data()}), second({nullptr, hy.data(), nullptr})), "null");
}

/// Value, gradients of x and y, and the second order of both, of one row of weights for all edges or of its copies.
template <class T>
TrilinearResults<T> with_shared_weights(const rep::TensorProductPlan& plan, const RandomGraph& graph, bool shared,
                                        Route route) {
  const EdgeIndex edges = graph.index();
  const auto x = random_values<T>(edges.senders * plan.in1.dim(), 1), hx = random_values<T>(std::ssize(x), 5);
  const auto y = random_values<T>(edges.edges * plan.in2.dim(), 2), hy = random_values<T>(std::ssize(y), 6);
  const auto gz = random_values<T>(edges.receivers * plan.out.dim(), 4);
  auto w = random_values<T>(plan.weight_numel, 3);
  const std::vector<T> row = w;
  for (std::int64_t e = 1; e < edges.edges && !shared; ++e) w.insert(w.end(), row.begin(), row.end());
  const ConvOptions options{.route = route, .shared_weights = shared};
  TrilinearResults<T> r{gz, x, y, {}, gz, x, y, {}};
  const TensorProductConv conv(plan);
  const Operands<T> in{x.data(), y.data(), w.data()};
  conv.forward<T>(edges, in, r.z.data(), options);
  conv.backward<T>(edges, in, gz.data(), {r.gx.data(), r.gy.data(), nullptr}, options);
  conv.second<T>(edges, {in, gz.data(), {hx.data(), hy.data(), nullptr}}, r.ggz.data(),
                 {r.dx.data(), r.dy.data(), nullptr}, options);
  return r;
}

TEST(Channelwise, OneRowOfWeightsForAllEdges) {
  const auto plan = convolution_plan(Irreps("5x0e+3x1o+17x2e"), 2, 2);
  const RandomGraph graph(11, 90, 3);
  for (const int threads : {1, 3}) {  // more than two take the pass sender by sender
    set_num_threads(threads);
    for (const Route route : {Route::fused, Route::reference}) {
      tests::expect_within<double>(distances(with_shared_weights<double>(plan, graph, true, route),
                                             with_shared_weights<double>(plan, graph, false, route)),
                                   "float64");
      tests::expect_within<float>(distances(with_shared_weights<float>(plan, graph, true, route),
                                            with_shared_weights<float>(plan, graph, false, route)),
                                  "float32");
    }
  }
  set_num_threads(0);
  const std::vector<double> values(100000);
  std::vector<double> gw(100000);
  EXPECT_THROW(
      TensorProductConv(plan).backward<double>(graph.index(), {values.data(), values.data(), values.data()},
                                               values.data(), {nullptr, nullptr, gw.data()}, {.shared_weights = true}),
      Error);
}

TEST(Channelwise, SameBitsOnAnyNumberOfThreads) {
  const TensorProductConv conv(convolution_plan(Irreps("19x0e+19x1o+19x2e"), 2, 2));
  const RandomGraph graph(60, 900, 5);
  set_num_threads(1);
  const auto one = run<float>(conv, graph, {});
  for (const int threads : {2, 3, 64}) {
    set_num_threads(threads);
    for (const auto& [name, distance] : distances(one, run<float>(conv, graph, {}))) EXPECT_EQ(distance, 0.0) << name;
  }
  set_num_threads(0);
}

std::vector<double> transposed(const Irreps& irreps, const std::vector<double>& rows, bool to_channels_inside) {
  std::vector<double> out(rows.size());
  const auto dim = static_cast<std::size_t>(irreps.dim());
  for (std::size_t row = 0; row < rows.size(); row += dim) {
    std::size_t start = row;
    for (const auto& block : irreps) {
      const auto mul = static_cast<std::size_t>(block.mul), n = static_cast<std::size_t>(block.irrep.dim());
      for (std::size_t u = 0; u < mul; ++u)
        for (std::size_t k = 0; k < n; ++k) {
          const std::size_t outside = start + u * n + k, inside = start + k * mul + u;
          out[to_channels_inside ? inside : outside] = rows[to_channels_inside ? outside : inside];
        }
      start += mul * n;
    }
  }
  return out;
}

TEST(Channelwise, BothLayouts) {
  for (const char* irreps : {"16x0e+16x1o", "5x0e+3x1o"}) {
    const auto plan = convolution_plan(Irreps(irreps), 1, 1);
    const TensorProductConv conv(plan);
    const RandomGraph graph(8, 40, 1);
    const EdgeIndex edges = graph.index();
    const auto x = random_values<double>(8 * plan.in1.dim(), 1), y = random_values<double>(40 * plan.in2.dim(), 2);
    const auto w = random_values<double>(40 * plan.weight_numel, 3), gz = random_values<double>(8 * plan.out.dim(), 4);
    const auto x_inside = transposed(plan.in1, x, true), gz_inside = transposed(plan.out, gz, true);
    std::vector<double> z(gz.size()), z_inside(gz.size()), gx(x.size()), gx_inside(x.size());
    conv.forward<double>(edges, {x.data(), y.data(), w.data()}, z.data());
    conv.forward<double>(edges, {x_inside.data(), y.data(), w.data()}, z_inside.data(), {Layout::ir_mul});
    EXPECT_EQ(transposed(plan.out, z_inside, false), z);
    EXPECT_NE(z_inside, z);
    conv.backward<double>(edges, {x.data(), y.data(), w.data()}, gz.data(), {gx.data(), nullptr, nullptr});
    conv.backward<double>(edges, {x_inside.data(), y.data(), w.data()}, gz_inside.data(),
                          {gx_inside.data(), nullptr, nullptr}, {Layout::ir_mul});
    EXPECT_EQ(transposed(plan.in1, gx_inside, false), gx);
  }
}

/// Everything with features and results as the kernel holds them, brought back to the layout of `run`.
TrilinearResults<double> run_inside(const TensorProductConv& conv, const RandomGraph& graph) {
  const auto& plan = conv.plan();
  const EdgeIndex edges = graph.index();
  const ConvOptions inside{.layout = Layout::ir_mul};
  const auto random = [&](const Irreps& irreps, std::int64_t rows, std::uint32_t seed) {
    return transposed(irreps, random_values<double>(rows * irreps.dim(), seed), true);
  };
  const auto x = random(plan.in1, edges.senders, 1), hx = random(plan.in1, edges.senders, 5),
             gz = random(plan.out, edges.receivers, 4);
  const auto y = random_values<double>(edges.edges * plan.in2.dim(), 2), hy = random_values<double>(std::ssize(y), 6);
  const auto w = random_values<double>(edges.edges * plan.weight_numel, 3),
             hw = random_values<double>(std::ssize(w), 7);
  TrilinearResults<double> r{gz, x, y, w, gz, x, y, w};
  const Operands<double> in{x.data(), y.data(), w.data()};
  conv.forward<double>(edges, in, r.z.data(), inside);
  conv.backward<double>(edges, in, gz.data(), {r.gx.data(), r.gy.data(), r.gw.data()}, inside);
  conv.second<double>(edges, {in, gz.data(), {hx.data(), hy.data(), hw.data()}}, r.ggz.data(),
                      {r.dx.data(), r.dy.data(), r.dw.data()}, inside);
  for (auto* features : {&r.gx, &r.dx}) *features = transposed(plan.in1, *features, false);
  for (auto* results : {&r.z, &r.ggz}) *results = transposed(plan.out, *results, false);
  return r;
}

// Padded and unpadded channels, every derivative: what `coset bench` times.
TEST(Channelwise, EveryResultIsTheSameInBothLayoutsOnAnyNumberOfThreads) {
  for (const char* irreps : {"32x0e+32x1o", "16x0e+16x1o+16x2e", "5x0e+3x1o"}) {
    const TensorProductConv conv(convolution_plan(Irreps(irreps), 2, 2));
    const RandomGraph graph(30, 400, 5);
    set_num_threads(1);
    const auto outside = run<double>(conv, graph, {}), one = run_inside(conv, graph);
    tests::expect_within<double>(distances(one, outside), irreps);
    for (const int threads : {2, 3, 64}) {
      set_num_threads(threads);
      for (const auto& [name, distance] : distances(run_inside(conv, graph), one))
        EXPECT_EQ(distance, 0.0) << irreps << " " << name << " on " << threads;
      for (const auto& [name, distance] : distances(run<double>(conv, graph, {}), outside))
        EXPECT_EQ(distance, 0.0) << irreps << " " << name << " on " << threads;
    }
  }
  set_num_threads(0);
}

TEST(Channelwise, PatternHoldsEveryCouplingAndIsSparse) {
  int possible = 0, dense = 0;
  const auto plan = convolution_plan(Irreps("0e+1o+2e+3o+4e+5o"), 5, 5, true);
  for (const auto& path : plan.paths) {
    for (const auto& c : path.coupling) EXPECT_TRUE(pair_possible(path.l1, path.l2, path.l3, c.k, c.i));
    possible += pair_count(path.l1, path.l2, path.l3);
    dense += (2 * path.l1 + 1) * (2 * path.l3 + 1);
  }
  EXPECT_LT(possible, dense);
  EXPECT_FALSE(pair_possible(1, 0, 1, 0, 1));
}

TEST(Channelwise, ExtraMemoryGrowsWithNodesNotEdges) {
  const TensorProductConv conv(convolution_plan(Irreps("20x0e+20x1o+20x2e"), 2, 2));
  const auto after = [&](std::int64_t nodes, std::int64_t edges) {
    run<float>(conv, RandomGraph(nodes, edges, 1), {});
    return scratch_bytes();
  };
  set_num_threads(1);
  const auto few = after(2000, 2000);
  EXPECT_EQ(after(2000, 40000), few);
  EXPECT_GT(after(8000, 2000), few);  // the control: what is counted does grow with the nodes
  set_num_threads(0);
}

TEST(Channelwise, RefusesWhatItCannotDo) {
  const TensorProductConv dense(rep::fully_connected_tensor_product(Irreps("2x0e"), Irreps("0e"), Irreps("2x0e")));
  EXPECT_EQ(dense.route(), Route::reference);
  const RandomGraph graph(2, 3, 1);
  EXPECT_THROW(run<double>(dense, graph, {.route = Route::fused}), Error);
  EXPECT_THROW(run<double>(dense, graph, {.layout = Layout::ir_mul}), Error);
  const TensorProductConv conv(convolution_plan(Irreps("2x0e"), 1, 1));
  EdgeIndex half = graph.index();
  half.by_sender_start = nullptr;
  const std::vector<double> values(200);
  std::vector<double> gx(200);
  EXPECT_THROW(conv.backward<double>(half, {values.data(), values.data(), values.data()}, values.data(),
                                     {gx.data(), nullptr, nullptr}),
               Error);
}

}  // namespace
}  // namespace coset::compute
