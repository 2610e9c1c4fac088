#include "coset/compute/gated_message.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"
#include "coset/compute/simd.h"
#include "tests/compute/graphs.h"
#include "tests/compute/trilinear_results.h"

namespace coset::compute {
namespace {

using rep::Irreps;
using tests::random_values;
using tests::RandomGraph;

/// Products with SEGNN's scale, so that the gates see arguments of order one.
rep::TensorProductPlan product(const std::string& in, const std::string& attributes, const std::string& out) {
  return rep::fully_connected_tensor_product(Irreps(in), Irreps(attributes), Irreps(out));
}

GatedMessageSpec small_spec() {
  const GateShape gate{5, {{4, {1, -1}}, {3, {2, 1}}}};
  return {product("3x0e+4x1o+2x2e+3x0e+4x1o+2x2e+2x0e+1x1o", "0e+1o+2e", "12x0e+4x1o+3x2e"),
          product("5x0e+4x1o+3x2e", "0e+1o+2e", "25x0e+17x1o"), gate, GateShape{8, {{17, {1, -1}}}}, 3};
}

/// A pseudo-scalar among the extras that no path reaches: its gradient is zero.
GatedMessageSpec spec_with_idle_extra() {
  auto spec = small_spec();
  spec.first = product("3x0e+4x1o+2x2e+3x0e+4x1o+2x2e+2x0e+1x0o", "0e+1o+2e", "12x0e+4x1o+3x2e");
  return spec;
}

GatedMessageSpec nbody_spec() {
  const GateShape gate{32, {{32, {1, -1}}}};
  return {product("32x0e+32x1o+32x0e+32x1o+2x0e", "0e+1o", "64x0e+32x1o"),
          product("32x0e+32x1o", "0e+1o", "64x0e+32x1o"), gate, gate, 2};
}

template <class T>
struct Problem {
  GatedMessageSpec spec;
  RandomGraph graph;
  std::int64_t columns, extra_columns, y_columns, out_columns;
  std::vector<T> f, extra, y, w1, b1, w2, b2, gm;

  Problem(GatedMessageSpec s, RandomGraph g) : spec(std::move(s)), graph(std::move(g)) {
    const std::int64_t nodes = graph.nodes;
    const auto edges = static_cast<std::int64_t>(graph.sender.size());
    columns = 0;
    for (int b = 0; b < spec.feature_blocks; ++b) columns += spec.first.in1[static_cast<std::size_t>(b)].dim();
    extra_columns = spec.first.in1.dim() - 2 * columns;
    y_columns = spec.first.in2.dim();
    out_columns = spec.second_gate.output_dim();
    f = random_values<T>(nodes * columns, 1);
    extra = random_values<T>(edges * extra_columns, 2);
    y = random_values<T>(edges * y_columns, 3);
    w1 = random_values<T>(spec.first.weight_numel, 4);
    b1 = random_values<T>(spec.first_gate.scalars + spec.first_gate.gates(), 5);
    w2 = random_values<T>(spec.second.weight_numel, 6);
    b2 = random_values<T>(spec.second_gate.scalars + spec.second_gate.gates(), 7);
    gm = random_values<T>(nodes * out_columns, 8);
  }
  GatedMessageInputs<T> inputs() const {
    return {f.data(), extra.data(), y.data(), w1.data(), b1.data(), w2.data(), b2.data()};
  }
};

template <class T>
struct Results {
  std::vector<T> m, f, extra, y, w1, b1, w2, b2;
};

template <class T>
Results<T> fused(const Problem<T>& p) {
  const GatedMessage message(p.spec);
  Results<T> r{p.gm, p.f, p.extra, p.y, p.w1, p.b1, p.w2, p.b2};
  std::vector<T> saved(static_cast<std::size_t>(message.saved_numel(p.graph.index().edges)));
  message.forward<T>(p.graph.index(), p.inputs(), r.m.data(), saved.data());
  message.backward<T>(p.graph.index(), p.inputs(), saved.data(), p.gm.data(),
                      {r.f.data(), r.extra.data(), r.y.data(), r.w1.data(), r.b1.data(), r.w2.data(), r.b2.data()});
  return r;
}

template <class T>
void add_bias(std::vector<T>& z, std::int64_t columns, const std::vector<T>& b) {
  for (std::size_t i = 0; i < z.size(); ++i)
    if (i % static_cast<std::size_t>(columns) < b.size()) z[i] += b[i % static_cast<std::size_t>(columns)];
}

template <class T>
std::vector<T> bias_gradient(const std::vector<T>& gz, std::int64_t columns, std::size_t count) {
  std::vector<T> out(count);
  for (std::size_t i = 0; i < gz.size(); ++i)
    if (i % static_cast<std::size_t>(columns) < count) out[i % static_cast<std::size_t>(columns)] += gz[i];
  return out;
}

/// Step by step, every edge's message in memory.
template <class T>
Results<T> composed(const Problem<T>& p) {
  const auto edges = static_cast<std::int64_t>(p.graph.sender.size());
  const auto size = [&](std::int64_t rows, std::int64_t columns) { return static_cast<std::size_t>(rows * columns); };
  const TensorProduct first(p.spec.first), second(p.spec.second);
  const TensorProductRows rows{edges, true, Route::reference};
  std::vector<T> x;
  for (std::size_t e = 0; e < static_cast<std::size_t>(edges); ++e) {
    for (const std::int64_t node : {p.graph.receiver[e], p.graph.sender[e]})
      x.insert(x.end(), p.f.begin() + node * p.columns, p.f.begin() + (node + 1) * p.columns);
    const auto from = p.extra.begin() + static_cast<std::int64_t>(e) * p.extra_columns;
    x.insert(x.end(), from, from + p.extra_columns);
  }
  const std::int64_t dim1 = p.spec.first.out.dim(), dim2 = p.spec.second.out.dim();
  std::vector<T> z1(size(edges, dim1)), h(size(edges, p.spec.second.in1.dim())), z2(size(edges, dim2));
  std::vector<T> m(size(edges, p.out_columns)), gmessage(m.size()), gz2(z2.size()), gh(h.size()), gz1(z1.size()),
      gx(x.size());
  Results<T> r{p.gm, p.f, p.extra, p.y, p.w1, p.b1, p.w2, p.b2};
  first.forward<T>(rows, {x.data(), p.y.data(), p.w1.data()}, z1.data());
  add_bias(z1, dim1, p.b1);
  gate(p.spec.first_gate, edges, z1.data(), h.data());
  second.forward<T>(rows, {h.data(), p.y.data(), p.w2.data()}, z2.data());
  add_bias(z2, dim2, p.b2);
  gate(p.spec.second_gate, edges, z2.data(), m.data());
  segment_sum(p.graph.nodes, p.out_columns, p.graph.by_receiver.start.data(), nullptr, m.data(), r.m.data());

  gather_rows(edges, p.out_columns, p.graph.receiver.data(), p.gm.data(), gmessage.data());
  gate_backward(p.spec.second_gate, edges, z2.data(), gmessage.data(), gz2.data());
  std::vector<T> gy2(p.y.size());
  second.backward<T>(rows, {h.data(), p.y.data(), p.w2.data()}, gz2.data(), {gh.data(), gy2.data(), r.w2.data()});
  gate_backward(p.spec.first_gate, edges, z1.data(), gh.data(), gz1.data());
  first.backward<T>(rows, {x.data(), p.y.data(), p.w1.data()}, gz1.data(), {gx.data(), r.y.data(), r.w1.data()});
  for (std::size_t i = 0; i < gy2.size(); ++i) r.y[i] += gy2[i];
  r.b1 = bias_gradient(gz1, dim1, p.b1.size());
  r.b2 = bias_gradient(gz2, dim2, p.b2.size());
  std::fill(r.f.begin(), r.f.end(), T(0));
  for (std::int64_t e = 0; e < edges; ++e) {
    const T* row = gx.data() + e * p.spec.first.in1.dim();
    const auto edge = static_cast<std::size_t>(e);
    for (std::int64_t c = 0; c < p.columns; ++c) {
      r.f[size(p.graph.receiver[edge], p.columns) + static_cast<std::size_t>(c)] += row[c];
      r.f[size(p.graph.sender[edge], p.columns) + static_cast<std::size_t>(c)] += row[p.columns + c];
    }
    std::copy_n(row + 2 * p.columns, p.extra_columns, r.extra.begin() + e * p.extra_columns);
  }
  return r;
}

/// By name, how far each result is from the other's.
template <class T>
std::map<std::string, double> distances(const Results<T>& a, const Results<T>& b) {
  return {{"m", laws::distance(a.m, b.m)},
          {"f", laws::distance(a.f, b.f)},
          {"extra", laws::distance(a.extra, b.extra)},
          {"y", laws::distance(a.y, b.y)},
          {"w1", laws::distance(a.w1, b.w1)},
          {"b1", laws::distance(a.b1, b.b1)},
          {"w2", laws::distance(a.w2, b.w2)},
          {"b2", laws::distance(a.b2, b.b2)}};
}

TEST(GatedMessage, AgreesWithItsParts) {
  const SimdTarget best = simd_target();
  for (const SimdTarget target : simd_targets()) {
    set_simd_target(target);
    for (const auto& [nodes, edges, parts] : {std::tuple{40, 300, 1}, std::tuple{3, 1, 1}, std::tuple{5, 0, 1},
                                              std::tuple{2, 400, 1}, std::tuple{160, 700, 20}, std::tuple{70, 5, 20}}) {
      const auto what = to_string(target) + std::string(" ") + std::to_string(nodes) + " nodes, " +
                        std::to_string(edges) + " edges, " + std::to_string(parts) + " parts";
      const Problem<double> f64(small_spec(), RandomGraph(nodes, edges, 9, parts));
      tests::expect_within<double>(distances(fused(f64), composed(f64)), what);
    }
    const Problem<double> idle(spec_with_idle_extra(), RandomGraph(40, 300, 9));
    tests::expect_within<double>(distances(fused(idle), composed(idle)),
                                 to_string(target) + std::string(" idle extra"));
    for (const int parts : {1, 40}) {
      const Problem<float> f32(nbody_spec(), RandomGraph(200, 800, 9, parts));
      tests::expect_within<float>(distances(fused(f32), composed(f32)), to_string(target));
    }
  }
  set_simd_target(best);
}

/// The comparison above sees one wrong coupling, in every result that it enters, and edges out of order.
TEST(GatedMessage, ComparisonSeesAWrongSignAndAWrongOrder) {
  const Problem<double> right(small_spec(), RandomGraph(40, 300, 9));
  const auto expected = composed(right);
  for (const bool second : {false, true}) {
    Problem<double> wrong = right;
    auto& plan = second ? wrong.spec.second : wrong.spec.first;
    plan = tests::wrong_sign(plan);
    tests::expect_seen(distances(fused(wrong), expected), second ? "second product" : "first product");
  }
  Problem<double> disordered = right;
  std::swap(disordered.graph.sender.front(), disordered.graph.sender.back());
  tests::expect_seen(distances(fused(disordered), expected), "order");
}

/// Places that are not numbers, one letter each: a diverged model must say so, on whatever path.
template <class T>
std::map<std::string, std::string> not_numbers(const Results<T>& r) {
  const auto places = [](const std::vector<T>& values) {
    std::string text;
    for (const T value : values) text += std::isnan(value) ? 'x' : '.';
    return text;
  };
  return {{"m", places(r.m)}, {"f", places(r.f)}, {"y", places(r.y)}, {"w2", places(r.w2)}};
}

TEST(GatedMessage, WhatIsNotANumberInAGateStaysSo) {
  const SimdTarget best = simd_target();
  for (const SimdTarget target : simd_targets()) {
    set_simd_target(target);
    Problem<double> p(small_spec(), RandomGraph(10, 40, 9));
    p.b1[5] = std::nan("");  // the gate of the first vector, behind five scalars
    const auto expected = not_numbers(composed(p));
    EXPECT_NE(expected.at("m").find('x'), std::string::npos);
    EXPECT_EQ(not_numbers(fused(p)), expected) << to_string(target);
  }
  set_simd_target(best);
}

TEST(GatedMessage, SameBitsOnAnyNumberOfThreads) {
  for (const int parts : {1, 100}) {
    const Problem<float> p(nbody_spec(), RandomGraph(500, 2000, 9, parts));
    set_num_threads(1);
    const auto one = fused(p);
    for (const int threads : {2, 7, 64}) {
      set_num_threads(threads);
      for (const auto& [name, distance] : distances(one, fused(p))) EXPECT_EQ(distance, 0.0) << name;
    }
  }
  set_num_threads(0);
}

TEST(GatedMessage, RefusesPiecesThatDoNotFit) {
  auto spec = small_spec();
  spec.feature_blocks = 2;
  EXPECT_THROW(GatedMessage{spec}, Error);
  spec = small_spec();
  spec.second = product("5x0e+4x1o", "0e+1o+2e", "25x0e+17x1o");
  EXPECT_THROW(GatedMessage{spec}, Error);
}

}  // namespace
}  // namespace coset::compute
