/// N-body data: random particle systems simulated to given frames, split into train, validation and test.
///
/// The random numbers are numpy's, drawn in one stream: all training trajectories of the published set, then
/// validation, then test, so trajectory k of a split is the same whatever number of them is simulated.
///
/// Charged, per trajectory: n uniforms (charge -1 below 1/2, else +1); 3n normals, the positions, times (n/5)^(1/3), in
/// the order x of all, y of all, z of all; 3n normals in that order, scaled to speed 1/2; and 2 * frames * 3n normals
/// that the published simulator draws for observation noise of size zero. Initial positions beyond +-5 are reflected
/// once. Frame k is step 100 (k + 1), k = 0 .. 48.
///
/// Gravity, per trajectory: 3n normals, the positions, particle by particle; 3n normals, the velocities, whose mean is
/// removed; 3 * frames * 3n normals of zero noise. Masses are 1. Frame k is step 100 k, k = 0 .. 49.
///
/// The task: from frame 30 predict the positions at frame 40, 1,000 steps later.
/// Source: the generators published with EGNN (arXiv 2102.09844) and SEGNN (arXiv 2110.02905).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coset/data/nbody_integrate.h"

namespace coset::data {

inline constexpr std::int64_t kInputFrame = 30;
inline constexpr std::int64_t kTargetFrame = 40;

struct NBodyOptions {
  NBodyLaw law = NBodyLaw::kCharged;
  std::int64_t particles = 5;  ///< the published gravity set has 100
  std::int64_t steps = 5000;   ///< length in the published set; decides the random stream, not how far is simulated
  std::int64_t sample_every = 100;
  std::uint32_t seed = 43;
  std::vector<std::int64_t> frames = {kInputFrame, kTargetFrame};  ///< ascending; simulation ends at the last
  std::int64_t train = 3000;                                       ///< trajectories simulated, of stream_train drawn
  std::int64_t valid = 2000;
  std::int64_t test = 2000;
  std::int64_t stream_train = 10000;
  std::int64_t stream_valid = 2000;
  std::int64_t stream_test = 2000;
};

/// Number of frames a trajectory of these options has: charged steps / sample_every - 1, gravity steps / sample_every.
std::int64_t frame_count(const NBodyOptions& options);

/// One split: frames[f] of all trajectories, loc and vel (S, F, n, 3), charges (gravity: masses) (S, n), row-major.
struct NBodySplit {
  std::int64_t samples = 0;
  std::int64_t particles = 0;
  std::vector<std::int64_t> frames;
  std::vector<double> loc;
  std::vector<double> vel;
  std::vector<double> charges;

  /// All trajectories at one frame. @throws coset::Error when `frame` is not among `frames`.
  NBodyState at(std::int64_t frame) const;

  bool operator==(const NBodySplit&) const = default;
};

struct NBodyData {
  NBodySplit train;
  NBodySplit valid;
  NBodySplit test;

  bool operator==(const NBodyData&) const = default;
};

/// The initial states of the first train, valid and test trajectories, in this order, from one stream.
struct NBodyStarts {
  NBodyState train;
  NBodyState valid;
  NBodyState test;
};
NBodyStarts draw_nbody(const NBodyOptions& options);

/// Draws, then simulates on all threads. Same options, same bits, at any thread count. No files are touched.
/// @throws coset::Error on options that contradict each other.
/// @cost the default options: about 2.5 s on two cores.
NBodyData generate_nbody(const NBodyOptions& options);

}  // namespace coset::data
