/// What a person sees while a run trains: one table row per evaluation and, on a terminal, a bar below it.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "coset/train/checkpoint.h"

namespace coset::train {

class Display {
 public:
  /// `out` nullptr: silent. The session starts at step `first_step`; `limit` seconds of training in all, 0 for none.
  Display(std::FILE* out, std::int64_t epochs, std::int64_t steps_per_epoch, std::int64_t first_step, double limit);
  ~Display();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  /// Redraws the bar at most ten times a second, never wider than the terminal; none where TERM is dumb.
  void step(const Progress& progress, double loss);
  /// A row: epoch, step, train loss, first validation metric (marked when it is the best), test metric, rate, time
  /// left. The column of the test metric begins with the first test metric. A narrow terminal shows fewer columns.
  void evaluation(const Progress& progress, double train_loss, const Metrics& validation, const Metrics& test,
                  bool best);
  /// A line of its own.
  void note(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  struct Column {
    std::string text;
    std::size_t width;       ///< the text stands at its right
    std::size_t importance;  ///< least important columns are left out first
  };
  double rate(const Progress& progress);
  std::string time_left(const Progress& progress);
  void clear_bar();
  void row(const std::vector<Column>& columns);

  std::FILE* out_;
  bool bar_ = false;
  bool terminal_ = false;
  bool bar_shown_ = false;
  bool header_shown_ = false;
  bool test_shown_ = false;
  std::int64_t epochs_;
  std::int64_t steps_per_epoch_;
  std::int64_t first_step_;
  double limit_;
  Clock::time_point started_;
  Clock::time_point drawn_;
};

/// "1h 02m", "3m 20s", "12s"
std::string duration_text(double seconds);

}  // namespace coset::train
