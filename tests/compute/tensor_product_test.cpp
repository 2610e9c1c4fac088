#include "coset/compute/tensor_product.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coset/base/error.h"
#include "tests/compute/numeric.h"

namespace coset::compute {
namespace {

using rep::ConnectionMode;
using rep::Irreps;
using tests::inner;
using tests::numeric_gradient;
using tests::random_values;
using Values = std::vector<double>;

rep::TensorProductPlan one_path(ConnectionMode mode, const char* in1, const char* in2, const char* out, bool weighted) {
  return rep::make_tensor_product(Irreps(in1), Irreps(in2), Irreps(out), {{0, 0, 0, mode, weighted}});
}

std::vector<rep::TensorProductPlan> every_mode() {
  using M = ConnectionMode;
  std::vector<rep::TensorProductPlan> plans;
  for (const bool weighted : {true, false}) {
    plans.push_back(one_path(M::uvu, "3x1o", "2x1o", "3x1e", weighted));
    plans.push_back(one_path(M::uvv, "3x1o", "2x2e", "2x1o", weighted));
    plans.push_back(one_path(M::uuu, "3x1o", "3x1o", "3x0e", weighted));
    plans.push_back(one_path(M::uvuv, "2x1o", "3x1o", "6x2e", weighted));
  }
  plans.push_back(one_path(M::uvw, "3x1o", "2x1o", "4x2e", true));
  plans.push_back(one_path(M::uuw, "3x1o", "3x1o", "2x0e", true));
  plans.push_back(one_path(M::uvu_v, "3x1o", "3x1o", "3x1e", true));
  plans.push_back(one_path(M::u_vw, "3x1o", "3x1o", "2x1e", true));
  plans.push_back(rep::fully_connected_tensor_product(Irreps("3x0e+2x1o"), Irreps("0e+1o"), Irreps("2x0e+3x1o+1e+2e")));
  return plans;
}

struct Problem {
  const TensorProduct& product;
  TensorProductRows rows;
  Values x, y, w, gz, hx, hy, hw;

  Problem(const TensorProduct& p, TensorProductRows r) : product(p), rows(r) {
    const auto& plan = p.plan();
    const std::int64_t weights = (r.shared_weights ? 1 : r.rows) * plan.weight_numel;
    x = random_values<double>(r.rows * plan.in1.dim(), 1);
    y = random_values<double>(r.rows * plan.in2.dim(), 2);
    w = random_values<double>(weights, 3);
    gz = random_values<double>(r.rows * plan.out.dim(), 4);
    hx = random_values<double>(r.rows * plan.in1.dim(), 5);
    hy = random_values<double>(r.rows * plan.in2.dim(), 6);
    hw = random_values<double>(weights, 7);
  }

  Values forward(const Values& at_x, const Values& at_y, const Values& at_w) const {
    Values z(gz.size());
    product.forward<double>(rows, {at_x.data(), at_y.data(), at_w.data()}, z.data());
    return z;
  }

  /// <h, backward> as a function of everything it depends on.
  double paired(const Values& at_x, const Values& at_y, const Values& at_w, const Values& at_g) const {
    Values gx(x.size()), gy(y.size()), gw(w.size());
    product.backward<double>(rows, {at_x.data(), at_y.data(), at_w.data()}, at_g.data(),
                             {gx.data(), gy.data(), gw.data()});
    return inner(gx, hx) + inner(gy, hy) + inner(gw, hw);
  }
};

TEST(TensorProduct, FirstDerivativeInEveryMode) {
  for (const auto& plan : every_mode())
    for (const bool shared : {true, false}) {
      const TensorProduct product(plan);
      const Problem p(product, {3, shared});
      Values gx(p.x.size()), gy(p.y.size()), gw(p.w.size());
      product.backward<double>(p.rows, {p.x.data(), p.y.data(), p.w.data()}, p.gz.data(),
                               {gx.data(), gy.data(), gw.data()});
      const auto in_x = numeric_gradient([&](const Values& at) { return inner(p.forward(at, p.y, p.w), p.gz); }, p.x);
      const auto in_y = numeric_gradient([&](const Values& at) { return inner(p.forward(p.x, at, p.w), p.gz); }, p.y);
      const auto in_w = numeric_gradient([&](const Values& at) { return inner(p.forward(p.x, p.y, at), p.gz); }, p.w);
      EXPECT_LT(laws::distance(gx, in_x), laws::kGradient) << describe(plan);
      EXPECT_LT(laws::distance(gy, in_y), laws::kGradient) << describe(plan);
      EXPECT_LT(laws::distance(gw, in_w), laws::kGradient) << describe(plan);
      EXPECT_GT(laws::distance(p.gz, Values(p.gz.size())), 0.1);
      gx[0] += 1.0;
      EXPECT_GT(laws::distance(gx, in_x), laws::kGradient * laws::kControlFactor);
    }
}

TEST(TensorProduct, SecondDerivativeInEveryMode) {
  for (const auto& plan : every_mode())
    for (const bool shared : {true, false}) {
      const TensorProduct product(plan);
      const Problem p(product, {2, shared});
      Values ggz(p.gz.size()), dx(p.x.size()), dy(p.y.size()), dw(p.w.size());
      product.second<double>(
          p.rows, {{p.x.data(), p.y.data(), p.w.data()}, p.gz.data(), {p.hx.data(), p.hy.data(), p.hw.data()}},
          ggz.data(), {dx.data(), dy.data(), dw.data()});
      const auto in_g = numeric_gradient([&](const Values& at) { return p.paired(p.x, p.y, p.w, at); }, p.gz);
      const auto in_x = numeric_gradient([&](const Values& at) { return p.paired(at, p.y, p.w, p.gz); }, p.x);
      const auto in_y = numeric_gradient([&](const Values& at) { return p.paired(p.x, at, p.w, p.gz); }, p.y);
      const auto in_w = numeric_gradient([&](const Values& at) { return p.paired(p.x, p.y, at, p.gz); }, p.w);
      EXPECT_LT(laws::distance(ggz, in_g), laws::kGradient) << describe(plan);
      EXPECT_LT(laws::distance(dx, in_x), laws::kGradient) << describe(plan);
      EXPECT_LT(laws::distance(dy, in_y), laws::kGradient) << describe(plan);
      EXPECT_LT(laws::distance(dw, in_w), laws::kGradient) << describe(plan);
    }
}

TEST(TensorProduct, MissingCotangentsCountAsZero) {
  const TensorProduct product(
      rep::fully_connected_tensor_product(Irreps("3x0e+2x1o"), Irreps("0e+1o"), Irreps("2x0e+3x1o")));
  const Problem p(product, {3, true});
  const Values zero_x(p.x.size()), zero_w(p.w.size());
  Values a_g(p.gz.size()), a_x(p.x.size(), 7.0), a_y(p.y.size(), 7.0), a_w(p.w.size(), 7.0);
  Values b_g = a_g, b_x = a_x, b_y = a_y, b_w = a_w;
  const Operands<double> in{p.x.data(), p.y.data(), p.w.data()};
  product.second<double>(p.rows, {in, p.gz.data(), {zero_x.data(), p.hy.data(), zero_w.data()}}, a_g.data(),
                         {a_x.data(), a_y.data(), a_w.data()});
  product.second<double>(p.rows, {in, p.gz.data(), {nullptr, p.hy.data(), nullptr}}, b_g.data(),
                         {b_x.data(), b_y.data(), b_w.data()});
  EXPECT_LT(laws::distance(a_g, b_g), laws::kAlgebra);
  EXPECT_LT(laws::distance(a_x, b_x), laws::kAlgebra);
  EXPECT_EQ(b_y, Values(p.y.size()));
  EXPECT_LT(laws::distance(a_w, b_w), laws::kAlgebra);
}

TEST(TensorProduct, FusedRouteIsRefusedWhereNoneFits) {
  const TensorProduct product(one_path(ConnectionMode::uuu, "3x1o", "3x1o", "3x0e", true));
  EXPECT_EQ(product.route(true), Route::reference);
  const Problem p(product, {1, true, Route::fused});
  EXPECT_THROW(p.forward(p.x, p.y, p.w), Error);
}

}  // namespace
}  // namespace coset::compute
