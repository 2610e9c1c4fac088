#include "coset/compute/instance_norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "coset/compute/parallel.h"
#include "coset/compute/simd.h"
#include "tests/compute/numeric.h"

namespace coset::compute {
namespace {

using tests::inner;
using tests::numeric_gradient;
using tests::random_values;

const rep::Irreps kIrreps("5x0e+3x0o+7x1o+2x2e+1x0e");
const std::vector<std::int64_t> kRows{0, 4, 4, 5, 21};  // four nodes, none, one, sixteen
constexpr std::int64_t kNodes = 21;

template <class T>
struct Problem {
  std::vector<T> x = random_values<T>(kNodes * kIrreps.dim(), 1);
  std::vector<T> r = random_values<T>(kNodes * kIrreps.dim(), 2);
  std::vector<T> w = random_values<T>(kIrreps.num_irreps(), 3);
  std::vector<T> b = random_values<T>(6, 4);
  std::vector<T> gy = random_values<T>(kNodes * kIrreps.dim(), 5);

  InstanceNormInputs<T> inputs() const { return {4, kRows.data(), x.data(), r.data(), w.data(), b.data()}; }
};

/// The formula of the header, copy by copy.
std::vector<double> by_formula(const Problem<double>& p, const InstanceNormOptions& options) {
  const std::int64_t columns = kIrreps.dim();
  std::vector<double> y(p.x.size());
  for (std::size_t g = 0; g + 1 < kRows.size(); ++g) {
    const double nodes = static_cast<double>(kRows[g + 1] - kRows[g]);
    std::int64_t column = 0, scalar = 0;
    std::size_t copy = 0;
    for (const auto& block : kIrreps)
      for (std::int64_t u = 0; u < block.mul; ++u, ++copy, column += block.irrep.dim()) {
        const auto z = [&](std::int64_t n, std::int64_t m) {
          const auto at = static_cast<std::size_t>(n * columns + column + m);
          return p.x[at] + p.r[at];
        };
        double mean = 0, variance = 0;
        if (block.irrep.is_scalar())
          for (std::int64_t n = kRows[g]; n < kRows[g + 1]; ++n) mean += z(n, 0) / nodes;
        for (std::int64_t n = kRows[g]; n < kRows[g + 1]; ++n)
          for (std::int64_t m = 0; m < block.irrep.dim(); ++m) variance += (z(n, m) - mean) * (z(n, m) - mean) / nodes;
        if (!options.sum_of_squares) variance /= block.irrep.dim();
        const double bias = block.irrep.is_scalar() ? p.b[static_cast<std::size_t>(scalar++)] : 0.0;
        for (std::int64_t n = kRows[g]; n < kRows[g + 1]; ++n)
          for (std::int64_t m = 0; m < block.irrep.dim(); ++m)
            y[static_cast<std::size_t>(n * columns + column + m)] =
                (z(n, m) - mean) * p.w[copy] / std::sqrt(variance + options.epsilon) + bias;
      }
  }
  return y;
}

template <class T>
struct Results {
  std::vector<T> y, z, w, b;
  bool operator==(const Results&) const = default;
};

template <class T>
Results<T> run(const Problem<T>& p, const InstanceNormOptions& options = {}) {
  const InstanceNorm norm(kIrreps, options);
  Results<T> out{p.x, p.x, p.w, p.b};
  std::vector<T> saved(static_cast<std::size_t>(norm.saved_numel(4)));
  norm.forward<T>(p.inputs(), out.y.data(), saved.data());
  norm.backward<T>(p.inputs(), saved.data(), p.gy.data(), {out.z.data(), out.w.data(), out.b.data()});
  return out;
}

TEST(InstanceNorm, ReadsLikeTheFormulaOnEveryInstructionSet) {
  const SimdTarget before = simd_target();
  const Problem<double> p;
  const Problem<float> p32;
  for (const SimdTarget target : simd_targets()) {
    set_simd_target(target);
    for (const bool sum : {false, true}) {
      const InstanceNormOptions options{1e-5, sum};
      EXPECT_LE(laws::distance(run(p, options).y, by_formula(p, options)), laws::kFused64) << to_string(target);
      EXPECT_GE(laws::distance(run(p, options).y, by_formula(p, {1e-5, !sum})), laws::kFused64 * laws::kControlFactor);
    }
    const auto narrow = run(p32);
    const auto wide = run(Problem<double>{{p32.x.begin(), p32.x.end()},
                                          {p32.r.begin(), p32.r.end()},
                                          {p32.w.begin(), p32.w.end()},
                                          {p32.b.begin(), p32.b.end()},
                                          {p32.gy.begin(), p32.gy.end()}});
    EXPECT_LE(laws::distance(narrow.y, wide.y), laws::kFused32) << to_string(target);
    EXPECT_LE(laws::distance(narrow.z, wide.z), laws::kFused32) << to_string(target);
    EXPECT_LE(laws::distance(narrow.w, wide.w), laws::kFused32) << to_string(target);
    EXPECT_LE(laws::distance(narrow.b, wide.b), laws::kFused32) << to_string(target);
  }
  set_simd_target(before);
}

TEST(InstanceNorm, Gradients) {
  const Problem<double> p;
  const auto found = run(p);
  const auto numeric = [&](std::vector<double> Problem<double>::*field) {
    return numeric_gradient(
        [&](const std::vector<double>& at) {
          Problem<double> moved = p;
          moved.*field = at;
          return inner(run(moved).y, p.gy);
        },
        p.*field);
  };
  EXPECT_LE(laws::distance(found.z, numeric(&Problem<double>::x)), laws::kGradient);
  EXPECT_LE(laws::distance(found.z, numeric(&Problem<double>::r)), laws::kGradient);
  EXPECT_LE(laws::distance(found.w, numeric(&Problem<double>::w)), laws::kGradient);
  EXPECT_LE(laws::distance(found.b, numeric(&Problem<double>::b)), laws::kGradient);
  EXPECT_GE(laws::distance(p.gy, numeric(&Problem<double>::x)), laws::kGradient * laws::kControlFactor);
}

TEST(InstanceNorm, SameBitsAtAnyThreadCountAndWithoutAResidual) {
  Problem<float> p;
  set_num_threads(1);
  const auto one = run(p);
  for (const int threads : {2, 7, 64}) {
    set_num_threads(threads);
    EXPECT_TRUE(run(p) == one) << threads;
  }
  set_num_threads(0);
  std::fill(p.r.begin(), p.r.end(), 0.0F);
  const InstanceNorm norm(kIrreps);
  auto in = p.inputs();
  in.r = nullptr;
  std::vector<float> alone(p.x.size());
  norm.forward<float>(in, alone.data(), nullptr);
  EXPECT_EQ(alone, run(p).y);
}

}  // namespace
}  // namespace coset::compute
