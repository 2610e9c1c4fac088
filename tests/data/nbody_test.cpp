#include "coset/data/nbody.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "coset/base/error.h"
#include "tests/laws/tolerance.h"

namespace coset::data {
namespace {

/// One trajectory, straight from the formula: the force on each particle summed over the others in order.
class Reference {
 public:
  Reference(NBodyLaw law, const NBodyState& start, std::int64_t sample) : law_(law), n_(start.particles) {
    const auto cut = [&](const std::vector<double>& values, std::int64_t width) {
      return std::vector<double>(values.begin() + sample * width, values.begin() + (sample + 1) * width);
    };
    loc = cut(start.loc, 3 * n_);
    vel = cut(start.vel, 3 * n_);
    charges_ = cut(start.charges, n_);
    if (law_ == NBodyLaw::kCharged) kick(kTimeStep);
  }
  /// After this call loc and vel are those of `step`.
  void run_to(std::int64_t step) {
    for (; step_ < step; ++step_) {
      if (law_ == NBodyLaw::kGravity) kick(kTimeStep / 2.0);
      if (law_ == NBodyLaw::kCharged && step_ > 0) kick(kTimeStep);
      for (std::size_t k = 0; k < loc.size(); ++k) loc[k] += kTimeStep * vel[k];
      if (law_ == NBodyLaw::kGravity) kick(kTimeStep / 2.0);
    }
  }
  std::vector<double> loc, vel;

 private:
  static double dot(const double* a, const double* b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
  void kick(double step) {
    std::vector<double> force(loc.size(), 0.0);
    for (std::int64_t i = 0; i < n_; ++i) {
      for (std::int64_t j = 0; j < n_; ++j) {
        if (i == j) continue;
        const double* a = &loc[3 * i];
        const double* b = &loc[3 * j];
        const std::array<double, 3> r{a[0] - b[0], a[1] - b[1], a[2] - b[2]};
        const bool charged = law_ == NBodyLaw::kCharged;
        const double r2 = charged ? dot(a, a) + dot(b, b) - 2.0 * dot(a, b) : dot(r.data(), r.data()) + 0.1 * 0.1;
        const double size = (charged ? 1.0 : -1.0) * charges_[i] * charges_[j] / (r2 * std::sqrt(r2));
        for (std::int64_t d = 0; d < 3; ++d) force[3 * i + d] += size * r[d];
      }
    }
    for (std::size_t k = 0; k < vel.size(); ++k)
      vel[k] += step * (law_ == NBodyLaw::kCharged ? std::clamp(force[k], -100.0, 100.0) : force[k]);
  }
  NBodyLaw law_;
  std::int64_t n_;
  std::vector<double> charges_;
  std::int64_t step_ = 0;
};

NBodyOptions few(std::int64_t samples) {
  return {.train = samples, .valid = 0, .test = 0, .stream_train = samples, .stream_valid = 0, .stream_test = 0};
}

void expect_reference(NBodyLaw law, const NBodyState& start) {
  const std::vector<std::int64_t> steps{1, 7, 300};
  const std::int64_t width = start.particles * 3;
  std::vector<double> loc(static_cast<std::size_t>(start.samples * 3 * width));
  std::vector<double> vel(loc.size());
  integrate(law, start, start.samples, steps, loc, vel);
  for (std::int64_t s = 0; s < start.samples; ++s) {
    Reference reference(law, start, s);
    for (std::int64_t f = 0; f < 3; ++f) {
      reference.run_to(steps[f]);
      const auto at = (s * 3 + f) * width;
      EXPECT_TRUE(std::equal(reference.loc.begin(), reference.loc.end(), loc.begin() + at)) << s << ", " << steps[f];
      EXPECT_TRUE(std::equal(reference.vel.begin(), reference.vel.end(), vel.begin() + at)) << s << ", " << steps[f];
    }
  }
}

TEST(NBodyIntegrate, EqualsTheFormulaBitForBit) {
  expect_reference(NBodyLaw::kCharged, draw_nbody(few(11)).train);  // one full block of lanes and a part of one
  NBodyOptions gravity = few(3);
  gravity.law = NBodyLaw::kGravity;
  gravity.particles = 20;
  expect_reference(NBodyLaw::kGravity, draw_nbody(gravity).train);
}

TEST(NBody, DrawsThePublishedFirstTrajectory) {
  const NBodyState start = draw_nbody(few(1)).train;
  EXPECT_EQ(start.charges, (std::vector<double>{-1, 1, -1, -1, -1}));
  const std::array<double, 3> first{.40609421, 1.49140104, -.51885051};
  for (std::size_t d = 0; d < 3; ++d) EXPECT_NEAR(start.loc[d], first[d], 5e-9);
  for (std::int64_t i = 0; i < 5; ++i)
    EXPECT_NEAR(std::hypot(start.vel[3 * i], start.vel[3 * i + 1], start.vel[3 * i + 2]), 0.5, laws::kAlgebra);
}

/// Mean squared difference of x(30) + tau v(30) and x(40).
double drift_error(const NBodySplit& split, double tau) {
  const NBodyState input = split.at(kInputFrame);
  const NBodyState target = split.at(kTargetFrame);
  double sum = 0.0;
  for (std::size_t k = 0; k < input.loc.size(); ++k)
    sum += std::pow(input.loc[k] + tau * input.vel[k] - target.loc[k], 2);
  return sum / static_cast<double>(input.loc.size());
}

double deviation(const std::vector<double>& values) {
  double mean = 0.0;
  double square = 0.0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (const double value : values) square += (value - mean) * (value - mean) / static_cast<double>(values.size());
  return std::sqrt(square);
}

// Late frames of colliding particles depend on the last bits of the arithmetic, so single values are compared where no
// collision has happened and statistics with their sampling errors.
TEST(NBody, MatchesThePublishedSet) {
  const NBodyData data = generate_nbody({});
  const NBodyState input = data.test.at(kInputFrame);
  EXPECT_EQ(input.samples, 2000);
  const NBodyState train = data.train.at(kInputFrame);
  const NBodyState target = data.train.at(kTargetFrame);
  const std::array<double, 3> x{2.98911632, 1.76937012, -1.17129428};
  const std::array<double, 3> v{1.13381104, .39568061, -.22660657};
  const std::array<double, 3> y{4.16549984, 2.19130914, -1.3826188};
  for (std::size_t d = 0; d < 3; ++d) {
    EXPECT_NEAR(train.loc[d], x[d], 1e-7);
    EXPECT_NEAR(train.vel[d], v[d], 1e-7);
    EXPECT_NEAR(target.loc[d], y[d], 1e-7);
  }
  EXPECT_NEAR(drift_error(data.test, 0.725), .0847, .003);
  EXPECT_NEAR(drift_error(data.test, 0.0), .2715, .005);
  EXPECT_NEAR(drift_error(data.test, 1.0), .1101, .005);
  EXPECT_NEAR(deviation(train.loc), 1.683, .01);
  EXPECT_NEAR(deviation(train.vel), .591, .005);
  EXPECT_GT(drift_error(data.test, -0.725), 5 * .0847);  // the control: time reversed, the model must fail
}

TEST(NBody, TheNumberSimulatedDoesNotChangeATrajectory) {
  NBodyOptions large{
      .frames = {0, 2}, .train = 20, .valid = 9, .test = 3, .stream_train = 20, .stream_valid = 9, .stream_test = 3};
  NBodyOptions small = large;
  small.train = 13;
  small.valid = 2;
  const NBodyData all = generate_nbody(large);
  const NBodyData part = generate_nbody(small);
  EXPECT_TRUE(std::equal(part.train.loc.begin(), part.train.loc.end(), all.train.loc.begin()));
  EXPECT_TRUE(std::equal(part.valid.vel.begin(), part.valid.vel.end(), all.valid.vel.begin()));
  EXPECT_EQ(part.test, all.test);
}

TEST(NBody, SameBitsAtAnyThreadCount) {
  const int before = omp_get_max_threads();
  NBodyOptions options = few(50);
  omp_set_num_threads(1);
  const NBodyData one = generate_nbody(options);
  omp_set_num_threads(3);
  const NBodyData three = generate_nbody(options);
  omp_set_num_threads(before);
  EXPECT_EQ(one, three);
}

TEST(NBody, GravityKeepsItsCentreAndMomentum) {
  NBodyOptions options = few(2);
  options.law = NBodyLaw::kGravity;
  options.particles = 30;
  options.frames = {0, 5};
  const NBodySplit split = generate_nbody(options).train;
  EXPECT_EQ(split.charges, std::vector<double>(60, 1.0));
  const NBodyState begin = split.at(0);
  const NBodyState end = split.at(5);
  for (std::int64_t s = 0; s < 2; ++s) {
    for (std::int64_t d = 0; d < 3; ++d) {
      std::array<double, 3> sums{};
      for (std::int64_t i = 0; i < 30; ++i) {
        const std::int64_t k = (s * 30 + i) * 3 + d;
        sums[0] += begin.vel[k];
        sums[1] += end.vel[k];
        sums[2] += end.loc[k] - begin.loc[k];
      }
      for (const double sum : sums) EXPECT_NEAR(sum, 0.0, 1e3 * laws::kAlgebra);
    }
  }
}

TEST(NBody, RefusesOptionsThatContradictEachOther) {
  const auto refused = [](auto change) {
    NBodyOptions options = few(2);
    change(options);
    EXPECT_THROW(generate_nbody(options), Error);
  };
  refused([](NBodyOptions& o) { o.train = 3; });
  refused([](NBodyOptions& o) { o.particles = 0; });
  refused([](NBodyOptions& o) { o.frames = {49}; });
  refused([](NBodyOptions& o) { o.frames = {3, 3}; });
  refused([](NBodyOptions& o) { o.frames = {}; });
  refused([](NBodyOptions& o) { o.steps = 150; });
  refused([](NBodyOptions& o) { o.sample_every = 0; });
  EXPECT_THROW(generate_nbody(few(1)).train.at(7), Error);
}

}  // namespace
}  // namespace coset::data
