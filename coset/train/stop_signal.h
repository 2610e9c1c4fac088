/// Asks a loop to stop cleanly instead of dying in the middle of a step.
#pragma once

#include <array>
#include <csignal>

namespace coset::train {

/// While it lives, the first SIGINT, SIGTERM or SIGHUP is only remembered; a second one acts as without it. Signals
/// that were ignored (nohup, background jobs) stay ignored. One object at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// The number of the signal received, 0 for none.
  int received() const;

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> before_{};
};

}  // namespace coset::train
