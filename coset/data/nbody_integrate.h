/// The equations of motion of the N-body data, integrated for many trajectories side by side.
///
/// Charged (mass 1, softening none): F_i = sum_j q_i q_j (x_i - x_j) / |x_i - x_j|^3, each component clipped to +-100,
/// with |x_i - x_j|^2 evaluated as |x_i|^2 + |x_j|^2 - 2 x_i.x_j. One full kick v += dt F, then per step: x += dt v,
/// record, v += dt F(x). A recorded velocity is therefore the one from before the kick at the recorded position.
/// Source: the simulator published with EGNN (arXiv 2102.09844).
///
/// Gravity (mass 1, G = 1, softening 0.1): a_i = sum_j (x_j - x_i) (|x_j - x_i|^2 + 0.01)^(-3/2), kick-drift-kick,
/// recorded before each step. Source: the simulator published with SEGNN (arXiv 2110.02905).
///
/// Units are the simulation's own; dt = 0.001. Every trajectory's result depends on its own initial state alone,
/// whatever stands beside it and on however many threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace coset::data {

inline constexpr double kTimeStep = 0.001;

/// Positions and velocities (S, n, 3), charges or masses (S, n), row-major.
struct NBodyState {
  std::int64_t samples = 0;
  std::int64_t particles = 0;
  std::vector<double> loc;
  std::vector<double> vel;
  std::vector<double> charges;
};

enum class NBodyLaw { kCharged, kGravity };

/// Integrates the first `samples` trajectories of `start` and records them at the ascending `record_steps` (charged: >=
/// 1).
///
/// @param loc, vel  (samples, record_steps, n, 3), filled
/// @throws coset::Error unless the steps ascend from 1 (charged) or 0 (gravity) on
/// @cost charged, n = 5: about 0.08 microseconds per trajectory and step on one core with AVX2
void integrate(NBodyLaw law, const NBodyState& start, std::int64_t samples, std::span<const std::int64_t> record_steps,
               std::span<double> loc, std::span<double> vel);

}  // namespace coset::data
