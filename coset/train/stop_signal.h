/// Asks a loop to stop cleanly instead of dying in the middle of a step.
#pragma once

#include <array>
#include <csignal>

namespace coset::train {

/// While it lives, the first signal of kSignals is only remembered. Of those that follow, a second Ctrl-C (two SIGINT at
/// least a tenth of a second apart) and any signal a second or more after the first act as without it. Earlier ones say
/// the same thing twice: a terminal that closes sends SIGHUP from the shell and from the kernel, a batch system signals
/// the process and its group. Signals that were ignored (nohup, background jobs) stay ignored. SIGPIPE is ignored: a
/// display that nobody reads any more is no reason to stop. One object at a time.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal& operator=(StopSignal&&) = delete;  // and so no copies

  /// The number of the signal received first, 0 for none.
  int received() const;

 private:
  /// People and terminals; then the warnings of batch systems before a time limit.
  static constexpr std::array<int, 6> kSignals{SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU};
  std::array<struct sigaction, 6> before_{};
  struct sigaction pipe_before_ {};
};

}  // namespace coset::train
