// The convolution that makes its weights on the way, against the one that is given them.
#include "coset/compute/radial_conv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "coset/base/random.h"
#include "coset/compute/parallel.h"
#include "coset/compute/symmetric_product.h"
#include "coset/compute/tensor_product_conv.h"
#include "tests/laws/tolerance.h"

namespace coset::compute {
namespace {

constexpr std::int64_t kNodes = 7;
constexpr std::int64_t kBasis = 5;
constexpr double kCutoff = 4.0;

std::vector<double> normal(NumpyRandom& random, std::int64_t count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& x : values) x = random.normal();
  return values;
}

void basis_at(double r, double* b, double* db) {
  for (std::int64_t n = 0; n < kBasis; ++n) {
    const double k = 0.7 * static_cast<double>(n + 1);
    b[n] = std::sin(k * r) * (kCutoff - r);
    db[n] = k * std::cos(k * r) * (kCutoff - r) - std::sin(k * r);
  }
}

struct Problem {
  NumpyRandom random{5};
  rep::TensorProductPlan plan = rep::make_tensor_product(rep::Irreps("16x0e+16x1o"), rep::Irreps("0e+1o+2e"),
                                                         rep::Irreps("16x0e+16x0e+16x1o+16x1o+16x1o"),
                                                         {{0, 0, 0, rep::ConnectionMode::uvu},
                                                          {1, 1, 1, rep::ConnectionMode::uvu},
                                                          {0, 1, 2, rep::ConnectionMode::uvu},
                                                          {1, 0, 3, rep::ConnectionMode::uvu},
                                                          {1, 2, 4, rep::ConnectionMode::uvu}});
  std::vector<Matrix> matrices{{kBasis, 16, normal(random, kBasis * 16)}, {16, 80, normal(random, 16 * 80)}};
  std::vector<std::int64_t> start{0}, sender, receiver, by_start, by_edge;
  std::vector<double> distance, basis, slope, y, x, gz;

  Problem() {
    for (std::int64_t i = 0; i < kNodes; ++i) {
      for (std::int64_t j = 0; j < kNodes; ++j) {
        if ((i + 2 * j) % 3 == 0) continue;
        sender.push_back(j), receiver.push_back(i);
        distance.push_back(0.3 + 3.5 * random.uniform());
      }
      start.push_back(edges());
    }
    const EdgeGroups groups = group_edges(kNodes, sender);
    by_start = groups.start, by_edge = groups.edge;
    basis.resize(static_cast<std::size_t>(edges() * kBasis)), slope.resize(basis.size());
    for (std::int64_t e = 0; e < edges(); ++e)
      basis_at(distance[e], basis.data() + e * kBasis, slope.data() + e * kBasis);
    y = normal(random, edges() * 9);
    x = normal(random, kNodes * plan.in1.dim());
    gz = normal(random, kNodes * plan.out.dim());
  }
  std::int64_t edges() const { return static_cast<std::int64_t>(sender.size()); }
  EdgeIndex index() const {
    return {kNodes, kNodes, edges(), start.data(), sender.data(), by_start.data(), by_edge.data(), receiver.data()};
  }
  RadialEdges<double> radial() const { return {index(), y.data(), {distance.data(), basis.data(), slope.data()}}; }
};

/// z of TensorProductConv keeps each path's block; RadialConv sets blocks of one irrep side by side.
std::vector<double> merged(const std::vector<double>& z) {
  std::vector<double> out(z.size());
  constexpr std::int64_t kRow = 32 + 144;
  for (std::int64_t i = 0; i < kNodes; ++i) {
    const double* from = z.data() + i * kRow;
    double* to = out.data() + i * kRow;
    std::copy_n(from, 32, to);
    for (std::int64_t b = 0; b < 3; ++b)
      for (std::int64_t k = 0; k < 3; ++k) std::copy_n(from + 32 + 48 * b + 16 * k, 16, to + 32 + 48 * k + 16 * b);
  }
  return out;
}

TEST(RadialConv, EqualsTheConvolutionWithStoredWeights) {
  const Problem p;
  const RadialWeights<double> weights(p.matrices, 1.3);
  const RadialConv conv(p.plan);
  EXPECT_EQ(conv.out(), rep::Irreps("32x0e+48x1o"));
  const EdgeRun all{0, p.edges(), nullptr};
  std::vector<double> scratch(static_cast<std::size_t>(weights.scratch_size(p.edges())));
  std::vector<double> w(static_cast<std::size_t>(p.edges() * 80)), dw(w.size());
  weights.curve(all, p.radial().radial, scratch.data(), w.data(), dw.data());

  const TensorProductConv stored(p.plan);
  const ConvOptions options{.layout = Layout::ir_mul};
  std::vector<double> expected(static_cast<std::size_t>(kNodes * p.plan.out.dim())), z(expected.size());
  stored.forward<double>(p.index(), {p.x.data(), p.y.data(), w.data()}, expected.data(), options);
  conv.forward(p.radial(), weights, p.x.data(), z.data());
  EXPECT_LT(laws::distance(z, merged(expected)), laws::kFused64);

  std::vector<double> gx(p.x.size()), gy(p.y.size()), gw(w.size());
  stored.backward<double>(p.index(), {p.x.data(), p.y.data(), w.data()}, p.gz.data(), {gx.data(), gy.data(), gw.data()},
                          options);
  std::vector<double> gr(p.distance.size());
  for (std::int64_t e = 0; e < p.edges(); ++e)
    for (std::int64_t c = 0; c < 80; ++c) gr[e] += gw[e * 80 + c] * dw[e * 80 + c];
  std::vector<double> got_x(gx.size()), got_y(gy.size()), got_r(gr.size());
  conv.backward(p.radial(), weights, p.x.data(), merged(p.gz).data(), {got_x.data(), got_y.data(), got_r.data()});
  EXPECT_LT(laws::distance(got_x, gx), laws::kFused64);
  EXPECT_LT(laws::distance(got_y, gy), laws::kFused64);
  EXPECT_LT(laws::distance(got_r, gr), laws::kFused64);
}

TEST(RadialConv, TablesKeepWhatTheyPromise) {
  const Problem p;
  const RadialWeights<double> exact(p.matrices, 1.3);
  double error = 1.0;
  const RadialWeights<double> tables =
      reduce<double>(exact, kBasis, basis_at, {.cutoff = kCutoff, .tolerance = 1e-7}, &error);
  EXPECT_LT(error, 1e-7);
  EXPECT_FALSE(tables.needs_basis());
  const RadialConv conv(p.plan);
  std::vector<double> z(static_cast<std::size_t>(kNodes * p.plan.out.dim())), expected(z.size());
  conv.forward(p.radial(), exact, p.x.data(), expected.data());
  conv.forward(p.radial(), tables, p.x.data(), z.data());
  EXPECT_LT(laws::distance(z, expected), 1e-5);
  // Too few directions are seen by the measurement.
  const RadialWeights<double> coarse =
      reduce<double>(exact, kBasis, basis_at, {.cutoff = kCutoff, .tolerance = 0.3}, &error);
  EXPECT_GT(error, 1e-3);
}

TEST(SymmetricProduct, GradientIsTheSlope) {
  NumpyRandom random(9);
  const std::vector<ProductTerm> terms = {
      {{0, -1, -1}, 0}, {{1, 2, -1}, 0}, {{1, 2, -1}, 1}, {{0, 0, 2}, 1}, {{2, 2, 2}, 0}};
  const SymmetricProduct<double> product(3, 2, 16, 2, terms, normal(random, 2 * 5 * 16));
  std::vector<double> a = normal(random, 48);
  const std::vector<double> gb = normal(random, 32);
  std::vector<double> b(32), ga(48);
  product.backward(1, a.data(), gb.data(), ga.data());
  const auto value = [&] {
    product.forward(1, a.data(), b.data());
    double sum = 0.0;
    for (std::size_t c = 0; c < b.size(); ++c) sum += gb[c] * b[c];
    return sum;
  };
  for (std::size_t c = 0; c < a.size(); ++c) {
    const double at = a[c];
    a[c] = at + 1e-6;
    const double up = value();
    a[c] = at - 1e-6;
    const double down = value();
    a[c] = at;
    EXPECT_NEAR((up - down) / 2e-6, ga[c], laws::kGradient * std::max(1.0, std::abs(ga[c])));
  }
}

}  // namespace
}  // namespace coset::compute
