#include "coset/compute/filter_expansion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "coset/compute/kernel_report.h"
#include "tests/laws/tolerance.h"

namespace coset::compute {
namespace {

std::vector<double> random_numbers(std::size_t count, std::uint64_t seed, double density = 1.0) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  std::vector<double> numbers(count);
  for (double& x : numbers) x = uniform(engine) < density ? normal(engine) : 0.0;
  return numbers;
}

std::size_t product(std::initializer_list<std::int64_t> sizes) {
  std::size_t total = 1;
  for (std::int64_t size : sizes) total *= static_cast<std::size_t>(size);
  return total;
}

struct Case {
  ExpansionShape shape;
  bool selection;
  double density;
};

template <class T>
void expect_reference(const Case& c, double tolerance) {
  const auto& s = c.shape;
  const std::int64_t O = 3, I = 5;
  auto fibre = random_numbers(product({s.n_out, s.n_in, s.fibre_basis}), 1);
  if (c.selection)
    for (std::size_t k = 0; k < fibre.size(); ++k) {
      const auto row = static_cast<std::int64_t>(k) / s.fibre_basis, b = static_cast<std::int64_t>(k) % s.fibre_basis;
      if (b != (row * 3) % (s.fibre_basis + 1)) fibre[k] = 0.0;  // some rows stay empty
    }
  const auto spatial = random_numbers(product({s.n_out, s.taps, s.spatial_basis}), 2, c.density);
  const auto weights = random_numbers(product({O, I, s.pair_weights()}), 3);
  const std::vector<T> weight(weights.begin(), weights.end());
  std::vector<T> bank(product({O, s.n_out, I, s.n_in, s.taps})), expected(bank.size());
  const FilterExpansion<T> expansion(s, fibre, spatial);
  const auto before = kernel_calls(Kernel::filter_expansion);
  expansion.expand(O, I, weight.data(), bank.data());
  EXPECT_EQ(kernel_calls(Kernel::filter_expansion), before + 1);
  reference::expand_filters(s, {fibre.data(), spatial.data()}, {O, I}, weight.data(), expected.data());
  EXPECT_LE(laws::distance(bank, expected), tolerance);

  std::vector<T> gradient(weight.size()), expected_gradient(weight.size());
  const auto cotangents = random_numbers(bank.size(), 4);
  const std::vector<T> cotangent(cotangents.begin(), cotangents.end());
  expansion.adjoint(O, I, cotangent.data(), gradient.data());
  reference::expand_filters_adjoint(s, {fibre.data(), spatial.data()}, {O, I}, cotangent.data(),
                                    expected_gradient.data());
  EXPECT_LE(laws::distance(gradient, expected_gradient), tolerance);

  std::vector<T> other = weight;
  other.front() += T(1);
  expansion.expand(O, I, other.data(), bank.data());
  EXPECT_GT(laws::distance(bank, expected), tolerance * laws::kControlFactor) << "a wrong weight went unnoticed";
}

const Case kCases[] = {
    {{1, 1, 1, 1, 1}, true, 1.0},       {{4, 4, 9, 4, 9}, true, 0.4},    {{8, 8, 25, 8, 25}, true, 0.2},
    {{8, 8, 49, 8, 49}, true, 0.1},     {{8, 1, 25, 1, 25}, true, 1.0},  {{5, 7, 121, 3, 17}, false, 1.0},
    {{6, 6, 125, 6, 125}, true, 0.008}, {{3, 4, 25, 9, 21}, false, 1.0},
};

TEST(FilterExpansion, EqualsTheReference) {
  for (const Case& c : kCases) {
    expect_reference<double>(c, laws::kFused64);
    expect_reference<float>(c, laws::kFused32);
  }
}

TEST(FilterExpansion, AdjointIsTheTranspose) {  // <E w, g> = <w, E^T g>
  const ExpansionShape s{4, 4, 25, 4, 25};
  const auto fibre = random_numbers(64, 5), spatial = random_numbers(2500, 6);
  const FilterExpansion<double> expansion(s, fibre, spatial);
  const auto w = random_numbers(6 * 100, 7), g = random_numbers(6 * 400, 8);
  std::vector<double> bank(g.size()), back(w.size());
  expansion.expand(2, 3, w.data(), bank.data());
  expansion.adjoint(2, 3, g.data(), back.data());
  double left = 0.0, right = 0.0;
  for (std::size_t k = 0; k < g.size(); ++k) left += bank[k] * g[k];
  for (std::size_t k = 0; k < w.size(); ++k) right += back[k] * w[k];
  EXPECT_NEAR(left / right, 1.0, laws::kFused64);
}

}  // namespace
}  // namespace coset::compute
