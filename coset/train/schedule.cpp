#include "coset/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/base/words.h"

namespace coset::train {

namespace {

constexpr std::array kShapes{Word{Shape::constant, "constant"}, Word{Shape::cosine, "cosine"},
                             Word{Shape::step, "step"}};

void validate(const Schedule& s, std::int64_t step) {
  check(step >= 0, "[train::learning_rate] expected step >= 0; received ", step);
  check(std::isfinite(s.peak) && s.peak >= 0.0, "[train::learning_rate] expected a peak >= 0; received ", s.peak);
  check(s.warmup_steps >= 0, "[train::learning_rate] expected warmup_steps >= 0; received ", s.warmup_steps);
  check(s.total_steps >= 1, "[train::learning_rate] expected total_steps >= 1; received ", s.total_steps);
  check(s.floor >= 0.0 && s.floor <= 1.0, "[train::learning_rate] expected floor in [0, 1]; received ", s.floor);
  check(s.decay > 0.0 && s.decay <= 1.0, "[train::learning_rate] expected decay in (0, 1]; received ", s.decay);
  for (const double m : s.milestones)
    check(m >= 0.0 && m <= 1.0, "[train::learning_rate] expected milestones in [0, 1]; received ", m);
}

double shape_factor(const Schedule& s, std::int64_t step) {
  switch (s.shape) {
    case Shape::constant:
      return 1.0;
    case Shape::cosine: {
      const auto after = static_cast<double>(step - s.warmup_steps);
      const auto span = static_cast<double>(std::max<std::int64_t>(1, s.total_steps - s.warmup_steps));
      const double progress = std::clamp(after / span, 0.0, 1.0);
      return s.floor + (1.0 - s.floor) * 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
    }
    case Shape::step: {
      const auto total = static_cast<double>(s.total_steps);
      const auto passed = std::count_if(s.milestones.begin(), s.milestones.end(),
                                        [&](double m) { return static_cast<double>(step) >= m * total; });
      return std::max(s.floor, std::pow(s.decay, static_cast<double>(passed)));
    }
  }
  return 1.0;
}

}  // namespace

Shape parse_shape(const std::string& word) {
  return parse_word("train::parse_shape", word, kShapes);
}

double learning_rate(const Schedule& schedule, std::int64_t step) {
  validate(schedule, step);
  const double warm = schedule.warmup_steps == 0
                          ? 1.0
                          : std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(schedule.warmup_steps));
  return schedule.peak * warm * shape_factor(schedule, step);
}

}  // namespace coset::train
