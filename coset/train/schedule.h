/// The learning rate as a pure function of the step: nothing to store, so a resumed run follows the same curve.
///
///   lr(s) = peak * warm(s) * shape(p(s)),   warm(s) = min(1, (s + 1) / warmup_steps),
///   p(s)  = clamp((s - warmup_steps) / (total_steps - warmup_steps), 0, 1)
///
///   constant  shape = 1
///   cosine    shape = floor + (1 - floor) (1 + cos(pi p)) / 2
///   step      shape = max(floor, decay ^ (number of milestones m with s >= m total_steps))
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace coset::train {

enum class Shape { constant, cosine, step };

struct Schedule {
  Shape shape = Shape::constant;
  double peak = 1e-3;             ///< learning rate after warm-up, >= 0
  std::int64_t warmup_steps = 0;  ///< steps of linear rise; the first step already has peak / warmup_steps
  std::int64_t total_steps = 1;   ///< planned steps; beyond them the last value stays
  double floor = 0.0;             ///< final fraction of the peak, in [0, 1]
  double decay = 0.1;             ///< step: factor at each milestone, in (0, 1]
  std::vector<double> milestones = {0.8, 0.9};  ///< step: fractions of total_steps, each in [0, 1]
};

/// "constant" | "cosine" | "step"
Shape parse_shape(const std::string& word);

/// Learning rate of step `step` (0, 1, 2, ...). Throws when the schedule or the step is out of range.
double learning_rate(const Schedule& schedule, std::int64_t step);

}  // namespace coset::train
