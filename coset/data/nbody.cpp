#include "coset/data/nbody.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "coset/base/error.h"
#include "coset/base/random.h"

namespace coset::data {
namespace {

constexpr double kBox = 5.0;
constexpr double kSpeed = 0.5;

void check_options(const NBodyOptions& options) {
  check(options.particles >= 1, "[data::generate_nbody] expected particles >= 1; received ", options.particles);
  check(options.sample_every >= 1 && options.steps % options.sample_every == 0 && frame_count(options) >= 1,
        "[data::generate_nbody] expected steps to be a multiple of sample_every with at least one frame; received ",
        options.steps, " and ", options.sample_every);
  const auto drawn = [](const char* name, std::int64_t wanted, std::int64_t stream) {
    check(wanted >= 0 && wanted <= stream, "[data::generate_nbody] expected 0 <= ", name, " <= stream_", name, " = ",
          stream, "; received ", wanted);
  };
  drawn("train", options.train, options.stream_train);
  drawn("valid", options.valid, options.stream_valid);
  drawn("test", options.test, options.stream_test);
  const auto& frames = options.frames;
  const bool ascending = std::adjacent_find(frames.begin(), frames.end(), std::greater_equal<>()) == frames.end();
  check(!frames.empty() && ascending && frames.front() >= 0 && frames.back() < frame_count(options),
        "[data::generate_nbody] expected ascending frames within 0 .. ", frame_count(options) - 1, "; received ",
        shape_text(frames));
}

NBodyState empty_state(std::int64_t samples, std::int64_t n) {
  const auto values = static_cast<std::size_t>(samples * n);
  return {.samples = samples,
          .particles = n,
          .loc = std::vector<double>(3 * values),
          .vel = std::vector<double>(3 * values),
          .charges = std::vector<double>(values, 1.0)};
}

/// Reflects a coordinate that starts outside the box, and points its velocity inwards.
void reflect(double& x, double& v) {
  if (x > kBox) {
    x = 2.0 * kBox - x;
    v = -std::abs(v);
  } else if (x < -kBox) {
    x = -2.0 * kBox - x;
    v = std::abs(v);
  }
}

void draw_charged(NumpyRandom& random, std::int64_t n, double* loc, double* vel, double* charges) {
  for (std::int64_t i = 0; i < n; ++i) charges[i] = random.uniform() < 0.5 ? -1.0 : 1.0;
  const double spread = std::pow(static_cast<double>(n) / 5.0, 1.0 / 3.0);
  for (double* field : {loc, vel})
    for (std::int64_t d = 0; d < 3; ++d)
      for (std::int64_t i = 0; i < n; ++i) field[3 * i + d] = random.normal() * (field == loc ? spread : kSpeed);
  for (std::int64_t i = 0; i < n; ++i) {
    double* v = vel + 3 * i;
    // v holds 0.5 z; dividing by |z| = 2 |v| is exact in the factor 2, so this is 0.5 z / |z| to the last bit.
    const double norm = 2.0 * std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (std::int64_t d = 0; d < 3; ++d) {
      v[d] /= norm;
      reflect(loc[3 * i + d], v[d]);
    }
  }
}

void draw_gravity(NumpyRandom& random, std::int64_t n, double* loc, double* vel) {
  for (std::int64_t k = 0; k < 3 * n; ++k) loc[k] = random.normal();
  for (std::int64_t k = 0; k < 3 * n; ++k) vel[k] = random.normal();
  for (std::int64_t d = 0; d < 3; ++d) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < n; ++i) sum += vel[3 * i + d];
    for (std::int64_t i = 0; i < n; ++i) vel[3 * i + d] -= sum / static_cast<double>(n);
  }
}

/// Draws `stream` trajectories and keeps the first `wanted`.
NBodyState draw(NumpyRandom& random, const NBodyOptions& options, std::int64_t wanted, std::int64_t stream) {
  const std::int64_t n = options.particles;
  const bool charged = options.law == NBodyLaw::kCharged;
  const std::int64_t noise = (charged ? 2 : 3) * frame_count(options) * 3 * n;
  NBodyState kept = empty_state(wanted, n);
  NBodyState passed = empty_state(1, n);
  for (std::int64_t s = 0; s < stream; ++s) {
    NBodyState& target = s < wanted ? kept : passed;
    const std::int64_t at = s < wanted ? s : 0;
    double* loc = target.loc.data() + at * n * 3;
    double* vel = target.vel.data() + at * n * 3;
    charged ? draw_charged(random, n, loc, vel, target.charges.data() + at * n) : draw_gravity(random, n, loc, vel);
    for (std::int64_t k = 0; k < noise; ++k) random.normal();
  }
  return kept;
}

NBodySplit simulate(const NBodyOptions& options, NBodyState start) {
  NBodySplit split{.samples = start.samples,
                   .particles = start.particles,
                   .frames = options.frames,
                   .loc = {},
                   .vel = {},
                   .charges = {}};
  const auto values = static_cast<std::size_t>(start.samples * std::ssize(options.frames) * start.particles * 3);
  split.loc.resize(values);
  split.vel.resize(values);
  std::vector<std::int64_t> steps;
  const std::int64_t offset = options.law == NBodyLaw::kCharged ? 1 : 0;
  for (const std::int64_t frame : options.frames) steps.push_back((frame + offset) * options.sample_every);
  integrate(options.law, start, start.samples, steps, split.loc, split.vel);
  split.charges = std::move(start.charges);
  return split;
}

}  // namespace

std::int64_t frame_count(const NBodyOptions& options) {
  return options.steps / options.sample_every - (options.law == NBodyLaw::kCharged ? 1 : 0);
}

NBodyState NBodySplit::at(std::int64_t frame) const {
  const auto found = std::find(frames.begin(), frames.end(), frame);
  check(found != frames.end(), "[data::NBodySplit::at] expected one of the frames ", shape_text(frames), "; received ",
        frame);
  const std::int64_t width = particles * 3;
  NBodyState state{.samples = samples, .particles = particles, .loc = {}, .vel = {}, .charges = charges};
  for (std::int64_t s = 0; s < samples; ++s) {
    const std::int64_t begin = (s * std::ssize(frames) + (found - frames.begin())) * width;
    state.loc.insert(state.loc.end(), loc.begin() + begin, loc.begin() + begin + width);
    state.vel.insert(state.vel.end(), vel.begin() + begin, vel.begin() + begin + width);
  }
  return state;
}

NBodyStarts draw_nbody(const NBodyOptions& options) {
  check_options(options);
  NumpyRandom random(options.seed);
  NBodyStarts starts;
  // Beyond the last trajectory that is wanted nothing needs to be drawn.
  const bool later_than_valid = options.test > 0;
  const bool later_than_train = options.valid > 0 || later_than_valid;
  starts.train = draw(random, options, options.train, later_than_train ? options.stream_train : options.train);
  starts.valid = draw(random, options, options.valid, later_than_valid ? options.stream_valid : options.valid);
  starts.test = draw(random, options, options.test, options.test);
  return starts;
}

NBodyData generate_nbody(const NBodyOptions& options) {
  NBodyStarts starts = draw_nbody(options);
  return {.train = simulate(options, std::move(starts.train)),
          .valid = simulate(options, std::move(starts.valid)),
          .test = simulate(options, std::move(starts.test))};
}

}  // namespace coset::data
