#include "coset/train/stop_signal.h"

#include <atomic>
#include <cstdint>
#include <ctime>

namespace coset::train {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

volatile std::sig_atomic_t received_signal = 0;
std::atomic<std::int64_t> received_at{0};  // nanoseconds; written by the first signal's handler
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "needed in a signal's handler");

std::int64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 * kMillisecond + time.tv_nsec;
}

bool ends_at_once(int signal) {
  const std::int64_t passed = now() - received_at;
  const bool second_interrupt = signal == SIGINT && received_signal == SIGINT && passed >= 100 * kMillisecond;
  return second_interrupt || passed >= 1000 * kMillisecond;
}

void remember(int signal) {
  if (received_signal == 0) {
    received_at = now();
    received_signal = signal;
    return;
  }
  if (!ends_at_once(signal)) return;
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  sigaction(signal, &plain, nullptr);
  raise(signal);  // delivered when this handler returns
}

}  // namespace

StopSignal::StopSignal() {
  received_signal = 0;
  struct sigaction action {};
  action.sa_handler = remember;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);  // one handler at a time
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &pipe_before_);
}

StopSignal::~StopSignal() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  sigaction(SIGPIPE, &pipe_before_, nullptr);
}

int StopSignal::received() const {
  return received_signal;
}

}  // namespace coset::train
