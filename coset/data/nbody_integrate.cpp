#include "coset/data/nbody_integrate.h"

#include <algorithm>
#include <cmath>

#include "coset/base/error.h"

// One source, several instruction sets, chosen when the program starts. Contraction into fused multiply-add is off for
// this file (CMakeLists.txt), so that all of them give the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define COSET_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define COSET_CLONES
#endif

namespace coset::data {
namespace {

constexpr std::int64_t kLanes = 8;
constexpr double kMaxForce = 0.1 / kTimeStep;
constexpr double kSofteningSquared = 0.1 * 0.1;

/// kLanes trajectories: element (axis d, particle i, lane) at ((d n + i) kLanes + lane).
struct Block {
  explicit Block(std::int64_t n) : particles(n) {
    for (std::vector<double>* field : {&x, &v, &f}) field->assign(static_cast<std::size_t>(3 * n * kLanes), 0.0);
    for (std::vector<double>* field : {&q, &norm2}) field->assign(static_cast<std::size_t>(n * kLanes), 0.0);
  }
  std::int64_t particles;
  std::vector<double> x, v, f, q, norm2;
};

/// Adds s (x_i - x_j) to the force on i and takes it from j; ascending pairs give each particle's sum in ascending j.
inline void add_pair(const double* __restrict x, double* __restrict f, const double* __restrict strength,
                     std::int64_t i, std::int64_t j, std::int64_t n) {
  for (std::int64_t d = 0; d < 3; ++d) {
    const double* xi = x + (d * n + i) * kLanes;
    const double* xj = x + (d * n + j) * kLanes;
    double* fi = f + (d * n + i) * kLanes;
    double* fj = f + (d * n + j) * kLanes;
    for (std::int64_t lane = 0; lane < kLanes; ++lane) {
      const double force = strength[lane] * (xi[lane] - xj[lane]);
      fi[lane] += force;
      fj[lane] -= force;
    }
  }
}

COSET_CLONES void charged_forces(const double* __restrict x, const double* __restrict q, double* __restrict norm2,
                                 double* __restrict f, std::int64_t n) {
  const std::int64_t axis = n * kLanes;
  for (std::int64_t k = 0; k < axis; ++k)
    norm2[k] = x[k] * x[k] + x[axis + k] * x[axis + k] + x[2 * axis + k] * x[2 * axis + k];
  std::fill(f, f + 3 * axis, 0.0);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i + 1; j < n; ++j) {
      const double* xi = x + i * kLanes;
      const double* xj = x + j * kLanes;
      double strength[kLanes];
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        const double dot =
            xi[lane] * xj[lane] + xi[axis + lane] * xj[axis + lane] + xi[2 * axis + lane] * xj[2 * axis + lane];
        const double r2 = norm2[i * kLanes + lane] + norm2[j * kLanes + lane] - 2.0 * dot;
        strength[lane] = q[i * kLanes + lane] * q[j * kLanes + lane] / (r2 * std::sqrt(r2));
      }
      add_pair(x, f, strength, i, j, n);
    }
  }
  for (std::int64_t k = 0; k < 3 * axis; ++k) f[k] = std::min(std::max(f[k], -kMaxForce), kMaxForce);
}

COSET_CLONES void gravity_forces(const double* __restrict x, const double* __restrict mass, double* __restrict f,
                                 std::int64_t n) {
  const std::int64_t axis = n * kLanes;
  std::fill(f, f + 3 * axis, 0.0);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = i + 1; j < n; ++j) {
      const double* xi = x + i * kLanes;
      const double* xj = x + j * kLanes;
      double strength[kLanes];
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        const double dx = xj[lane] - xi[lane];
        const double dy = xj[axis + lane] - xi[axis + lane];
        const double dz = xj[2 * axis + lane] - xi[2 * axis + lane];
        const double r2 = dx * dx + dy * dy + dz * dz + kSofteningSquared;
        strength[lane] = -(mass[i * kLanes + lane] * mass[j * kLanes + lane]) / (r2 * std::sqrt(r2));
      }
      add_pair(x, f, strength, i, j, n);
    }
  }
}

/// y += step * rate
COSET_CLONES void advance(double* __restrict y, const double* __restrict rate, double step, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k) y[k] += step * rate[k];
}

void charged_forces(Block& block) {
  charged_forces(block.x.data(), block.q.data(), block.norm2.data(), block.f.data(), block.particles);
}
void gravity_forces(Block& block) {
  gravity_forces(block.x.data(), block.q.data(), block.f.data(), block.particles);
}
void kick(Block& block, double step) {
  advance(block.v.data(), block.f.data(), step, std::ssize(block.v));
}
void drift(Block& block) {
  advance(block.x.data(), block.v.data(), kTimeStep, std::ssize(block.x));
}

/// A last block with fewer trajectories repeats its last one.
Block load(const NBodyState& start, std::int64_t first, std::int64_t count) {
  const std::int64_t n = start.particles;
  Block block(n);
  for (std::int64_t lane = 0; lane < kLanes; ++lane) {
    const std::int64_t sample = first + std::min(lane, count - 1);
    for (std::int64_t i = 0; i < n; ++i) {
      block.q[i * kLanes + lane] = start.charges[sample * n + i];
      for (std::int64_t d = 0; d < 3; ++d) {
        block.x[(d * n + i) * kLanes + lane] = start.loc[(sample * n + i) * 3 + d];
        block.v[(d * n + i) * kLanes + lane] = start.vel[(sample * n + i) * 3 + d];
      }
    }
  }
  return block;
}

struct Recorder {
  std::span<const std::int64_t> steps;
  std::span<double> loc;
  std::span<double> vel;
  std::int64_t first;
  std::int64_t count;
  std::int64_t next = 0;

  void visit(const Block& block, std::int64_t step) {
    if (next == std::ssize(steps) || steps[next] != step) return;
    const std::int64_t n = block.particles;
    for (std::int64_t lane = 0; lane < count; ++lane) {
      const std::int64_t base = ((first + lane) * std::ssize(steps) + next) * n * 3;
      for (std::int64_t i = 0; i < n; ++i) {
        for (std::int64_t d = 0; d < 3; ++d) {
          loc[base + i * 3 + d] = block.x[(d * n + i) * kLanes + lane];
          vel[base + i * 3 + d] = block.v[(d * n + i) * kLanes + lane];
        }
      }
    }
    ++next;
  }
  bool done() const { return next == std::ssize(steps); }
};

void run_charged(Block& block, Recorder& recorder) {
  charged_forces(block);
  kick(block, kTimeStep);
  for (std::int64_t step = 1; !recorder.done(); ++step) {
    drift(block);
    recorder.visit(block, step);
    charged_forces(block);
    kick(block, kTimeStep);
  }
}

void run_gravity(Block& block, Recorder& recorder) {
  gravity_forces(block);
  for (std::int64_t step = 0; !recorder.done(); ++step) {
    recorder.visit(block, step);
    kick(block, kTimeStep / 2.0);
    drift(block);
    gravity_forces(block);
    kick(block, kTimeStep / 2.0);
  }
}

}  // namespace

void integrate(NBodyLaw law, const NBodyState& start, std::int64_t samples, std::span<const std::int64_t> record_steps,
               std::span<double> loc, std::span<double> vel) {
  const std::int64_t values = samples * std::ssize(record_steps) * start.particles * 3;
  COSET_ASSERT(samples <= start.samples && std::ssize(loc) == values && std::ssize(vel) == values);
  const std::int64_t earliest = law == NBodyLaw::kCharged ? 1 : 0;
  const bool ascending =
      std::adjacent_find(record_steps.begin(), record_steps.end(), std::greater_equal<>()) == record_steps.end();
  check(record_steps.empty() || (ascending && record_steps.front() >= earliest),
        "[data::integrate] expected ascending steps from ", earliest, " on; received ", shape_text(record_steps));
  const std::int64_t blocks = (samples + kLanes - 1) / kLanes;
#pragma omp parallel for schedule(dynamic)
  for (std::int64_t b = 0; b < blocks; ++b) {
    const std::int64_t count = std::min(kLanes, samples - b * kLanes);
    Block block = load(start, b * kLanes, count);
    Recorder recorder{.steps = record_steps, .loc = loc, .vel = vel, .first = b * kLanes, .count = count};
    law == NBodyLaw::kCharged ? run_charged(block, recorder) : run_gravity(block, recorder);
  }
}

}  // namespace coset::data
